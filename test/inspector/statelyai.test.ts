import { once } from "node:events";
import type { Server as HttpServer } from "node:http";
import { type AddressInfo, type ListenOptions, Server } from "node:net";
import { createWebSocketInspector } from "@statelyai/inspect";
import { createInspectorServer } from "@statelyai/inspect/server";
import { expect } from "chai";
import { createSession, HOST_PROGRAM, sessionEnd, sessionMachine } from "ffiscope/machines";
import { WebSocket } from "ws";
import { traceCrc32 } from "../machines/support/calls.js";
import { STAGES } from "../machines/walk/stages.js";
import { expectNothingLeft } from "../support/processes.js";

/** What `@statelyai/inspect` sends, as far as it is looked at here. */
interface Told {
  readonly type: "@xstate.actor" | "@xstate.event" | "@xstate.snapshot";
  readonly sessionId: string;
  readonly name?: string;
  readonly definition?: string;
  readonly event?: { readonly type: string };
  readonly snapshot?: {
    readonly value?: { readonly lifecycle: string; readonly retcode: string };
    readonly context?: { readonly calls: number };
  };
}

describe("inspect: @statelyai/inspect", () => {
  afterEach(() => expectNothingLeft());

  it("its server, on loopback, hears a whole traced call from a session", async () => {
    const server = await serverOnLoopback();
    const listener = new WebSocket(server.url);
    await once(listener, "open");
    const told: Told[] = [];
    const ended = new Promise<void>((resolve) => {
      listener.on("message", (data) => {
        const message = JSON.parse(String(data)) as Told;
        told.push(message);
        if (message.snapshot?.value?.lifecycle === "exited") resolve();
      });
    });

    const client = createWebSocketInspector({ url: server.url });
    const socket = socketOf(client);
    // Only a client that is connected can be stopped: one that is not tries again for ever.
    await new Promise((resolve) => socket.addEventListener("open", resolve));

    const session = createSession(HOST_PROGRAM, (event) => client.inspect.next?.(event));
    traceCrc32(session);
    const end = sessionEnd(session);
    session.start();
    expect((await end).retcode).to.equal(0);
    await ended;

    const closed = [
      once(listener, "close"),
      new Promise((r) => socket.addEventListener("close", r)),
    ];
    client.stop();
    listener.close();
    await Promise.all(closed);
    await server.stop();

    const ofSession = told.filter(({ sessionId }) => sessionId === session.sessionId);
    const [actor] = ofSession.filter(({ type }) => type === "@xstate.actor");
    expect(actor?.name).to.equal(sessionMachine.id);
    const { states } = JSON.parse(actor!.definition!) as {
      states: Record<"lifecycle" | "retcode", { readonly states: object }>;
    };
    expect(Object.keys(states.lifecycle.states)).to.include.members([...STAGES, "exited"]);
    expect(Object.keys(states.retcode.states)).to.deep.equal([
      ...["none", "overridden", "overriddenAgain", "settled"],
    ]);

    // That of the actor itself is of when it was sent, which may be later.
    const snapshots = ofSession.filter(({ type }) => type === "@xstate.snapshot");
    const values = snapshots.flatMap(({ snapshot }) => snapshot?.value?.lifecycle ?? []);
    const passed = values.filter((value, at) => value !== values[at - 1]);
    expect(passed).to.deep.equal([...STAGES, "idle", "exited"]);
    const events = ofSession.flatMap(({ type, event }) =>
      type === "@xstate.event" ? [event!.type] : [],
    );
    expect(events).to.include.members(["tracee.ready", "frame.startFfi", "tracee.exited"]);
    expect(ofSession.at(-1)!.snapshot!.context!.calls).to.equal(1);
  });
});

/** `createInspectorServer`, which listens on every interface by itself, opening no browser. */
async function serverOnLoopback() {
  const { listen } = Server.prototype;
  let http: HttpServer | null = null;
  Server.prototype.listen = function (this: Server, _port: unknown, heard: () => void) {
    http = this as HttpServer;
    const options: ListenOptions = { host: "127.0.0.1", port: 0 };
    return listen.call(this, options, heard);
  } as typeof listen;
  let stop: () => void;
  try {
    ({ stop } = createInspectorServer({ autoOpen: false }));
  } finally {
    Server.prototype.listen = listen;
  }
  const server = http! as HttpServer;
  await once(server, "listening");
  const { address, port } = server.address() as AddressInfo;
  expect(address).to.equal("127.0.0.1");
  return {
    url: `ws://127.0.0.1:${port}`,
    stop: async () => {
      const closed = once(server, "close");
      stop();
      await closed;
    },
  };
}

function socketOf({ adapter }: ReturnType<typeof createWebSocketInspector>): globalThis.WebSocket {
  return (adapter as unknown as { readonly ws: globalThis.WebSocket }).ws;
}
