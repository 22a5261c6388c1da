import { readdirSync, readlinkSync } from "node:fs";
import { expect } from "chai";
import * as ffiscope from "ffiscope";
import {
  HOST_PROGRAM,
  type SessionEmitted,
  type SupervisorEmitted,
  sessionMachine,
  supervisorMachine,
} from "ffiscope/machines";
import { assign, createActor, type SnapshotFrom, setup, toPromise } from "xstate";
import { needsCompiler } from "../../support/needs.js";
import { expectNothingLeft } from "../../support/processes.js";
import { traceCrc32 } from "../support/calls.js";
import { call, host, Supervised, shortLived } from "./support.js";

describe("the machines", () => {
  before(function () {
    needsCompiler(this);
  });

  afterEach(() => expectNothingLeft());

  it("are the same from ffiscope and from ffiscope/machines", () => {
    expect(ffiscope.sessionMachine).to.equal(sessionMachine);
    expect(ffiscope.supervisorMachine).to.equal(supervisorMachine);
  });

  describe("in a machine of the user's", () => {
    it("a session is invoked, listened to, and its output comes to the parent", async () => {
      const parent = setup({
        types: {
          context: {} as { calls: number; retcode: number | null },
          events: {} as { type: "session.said"; said: SessionEmitted },
        },
        actors: { session: sessionMachine },
        actions: {
          listen: ({ self }) => {
            const session = self.getSnapshot().children.session!;
            session.on("*", (said: SessionEmitted) => self.send({ type: "session.said", said }));
            traceCrc32(session as Parameters<typeof traceCrc32>[0]);
          },
        },
      }).createMachine({
        context: { calls: 0, retcode: null },
        initial: "before",
        states: {
          before: { after: { 0: "tracing" } },
          tracing: {
            invoke: {
              id: "session",
              src: "session",
              input: HOST_PROGRAM,
              onDone: {
                target: "over",
                actions: assign({ retcode: ({ event }) => event.output.retcode }),
              },
            },
            after: { 0: { actions: "listen" } },
            on: {
              "session.said": {
                guard: ({ event }) => event.said.type === "call",
                actions: assign({ calls: ({ context }) => context.calls + 1 }),
              },
            },
          },
          over: { type: "final" },
        },
        output: ({ context }) => context,
      });
      const actor = createActor(parent);
      actor.start();
      expect(await toPromise(actor)).to.deep.equal({ calls: 1, retcode: 0 });
    });

    it("a supervisor is spawned, asked, and shut down", async () => {
      const parent = setup({
        types: {
          context: {} as { said: string[]; results: unknown[] },
          events: {} as { type: "said"; said: SupervisorEmitted } | { type: "over" },
        },
        actors: { supervisor: supervisorMachine },
      }).createMachine({
        context: ({ spawn, self }) => {
          const input = { children: [host("a")] };
          const supervisor = spawn("supervisor", { id: "supervisor", input });
          supervisor.on("*", (said) => self.send({ type: "said", said }));
          const request = { ref: "1", call: call("count") };
          supervisor.send({ type: "supervisor.call", id: "a", request });
          return { said: [], results: [] };
        },
        initial: "running",
        on: {
          said: [
            {
              guard: ({ event }) => event.said.type === "settled",
              actions: [
                assign({
                  results: ({ context, event }) => [
                    ...context.results,
                    (event.said as Extract<SupervisorEmitted, { type: "settled" }>).result,
                  ],
                }),
                ({ self }) =>
                  self.getSnapshot().children.supervisor!.send({ type: "supervisor.shutdown" }),
              ],
            },
            {
              actions: assign({
                said: ({ context, event }) => [...context.said, event.said.type],
              }),
            },
          ],
          "xstate.done.actor.supervisor": { target: ".over" },
        },
        states: { running: {}, over: { type: "final" } },
        output: ({ context }) => context,
      });
      const actor = createActor(parent);
      actor.start();
      const { said, results } = (await toPromise(actor)) as { said: string[]; results: unknown[] };
      expect(results).to.deep.equal([1]);
      expect(said).to.deep.equal(["started", "host", "call", "exit"]);
    });
  });

  describe("have snapshots that survive JSON", () => {
    it("of a session: one that is restored knows that its process is gone", async () => {
      const session = createActor(sessionMachine, { input: HOST_PROGRAM });
      const ready = new Promise((resolve) => session.on("host", resolve));
      session.start();
      await ready;
      const text = JSON.stringify(session.getPersistedSnapshot());
      expect(JSON.parse(text).context).to.deep.equal(session.getSnapshot().context);
      session.send({ type: "session.exit" });
      await toPromise(session);

      const restored = createActor(sessionMachine, {
        input: HOST_PROGRAM,
        snapshot: JSON.parse(text) as SnapshotFrom<typeof sessionMachine>,
      });
      const output = toPromise(restored);
      restored.start();
      expect((await output).failure).to.deep.include({ code: "SESSION_LOST" });
    });

    it("of a supervisor: one that is restored starts its sessions again", async () => {
      const first = new Supervised({ children: [host("a"), host("b")], intensity: 2 });
      first.actor.start();
      await first.until(() => first.of("host").length === 2);
      first.ask("a", "1", call("wait_for_ever"));
      first.ask("a", "2", call("count"));
      const text = JSON.stringify(first.actor.getPersistedSnapshot());
      first.actor.stop();
      await expectNothingLeft();

      const second = new Supervised({}, { snapshot: JSON.parse(text) });
      second.actor.start();
      await second.until(() => second.of("host").length === 2);
      expect(second.of("restart").map(({ child }) => child)).to.have.members(["a", "b"]);
      await second.until(() => second.settled("2") !== undefined);
      expect(second.settled("1")).to.deep.include({ outcome: "lost" });
      expect(second.settled("2")).to.deep.include({ outcome: "returned", result: 1 });
      await second.shutDown();
    });

    it("of a supervisor that is over: one that is restored is over, too", async () => {
      const first = new Supervised({ children: [shortLived("a", 1)], intensity: 0 });
      first.actor.start();
      await first.until(() => first.isOver);
      const text = JSON.stringify(first.actor.getPersistedSnapshot());
      const second = new Supervised({}, { snapshot: JSON.parse(text) });
      second.actor.start();
      expect(second.isOver).to.equal(true);
      expect(second.actor.getSnapshot().output).to.deep.include({ reason: "intensity" });
    });
  });

  it("close the heaps of the children that have ended, and of all when they are stopped", async () => {
    const heaps = () =>
      readdirSync("/proc/self/fd").filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).includes("ffiscope-heap");
        } catch {
          return false;
        }
      }).length;
    const before = heaps();
    const supervised = new Supervised({ children: [host("a"), host("b")] });
    supervised.actor.start();
    await supervised.until(() => supervised.of("host").length === 2);
    expect(heaps()).to.equal(before + 2);
    process.kill(supervised.pidOf("a"), "SIGKILL");
    await supervised.until(() => supervised.of("host").length === 3);
    expect(heaps()).to.equal(before + 2);
    supervised.actor.stop();
    // A heap is open as long as its tracer may read of it.
    while (heaps() > before) await new Promise((resolve) => setImmediate(resolve));
    expect(heaps()).to.equal(before);
  });
});
