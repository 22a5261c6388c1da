import { expect } from "chai";
import {
  createSession,
  HOST_PROGRAM,
  type SessionActor,
  type SessionEvent,
  type SessionInput,
  type SupervisorEvent,
  type SupervisorInput,
  sessionMachine,
  supervisorMachine,
} from "ffiscope/machines";
import { type AnyActor, createActor, setup, toPromise } from "xstate";
import { expectNothingLeft } from "../support/processes.js";
import { host, Supervised } from "./supervisor/support.js";
import { sample } from "./walk/samples.js";

/** What is wrong with an input, and the line that says so. */
const SESSIONS: readonly (readonly [unknown, string])[] = [
  [{}, "option 'command' is missing. Give a string"],
  [{ command: 5 }, "option 'command' is 5, not a string. Give a string"],
  [{ command: "x", timeut: 5 }, "unknown option 'timeut'. Did you mean 'timeout'?"],
  [{ command: "x", timeout: "5s" }, "option 'timeout' is '5s', not a number of ms"],
  [{ command: "x", args: "a b" }, "option 'args' is 'a b', not a list, each a string"],
  [{ command: "x", engine: "fast" }, "option 'engine' is 'fast', not 'auto' or 'reference'"],
  [{ command: "x", env: { A: 1 } }, "option 'env.A' is 1, not a string"],
  ["x", "what was given is 'x', not an object"],
];

const CALLS: readonly (readonly [unknown, string])[] = [
  [{}, "option 'library' is missing"],
  [undefined, "option 'library' is missing"],
  [
    { ...sample("session.call").call, symbl: "x" },
    "unknown option 'symbl'. Did you mean 'symbol'?",
  ],
  [
    { ...sample("session.call").call, args: [{ type: "int", value: 5 }] },
    "option 'args[0].type' is 'int', not 'bool', ",
  ],
  [
    { ...sample("session.call").call, args: [{ type: "i32", value: "five" }] },
    "option 'args[0].value' is 'five', not a number, or an integer as text",
  ],
  [{ ...sample("session.call").call, timeout: "5s" }, "option 'timeout' is '5s'"],
];

describe("what a machine is given", () => {
  afterEach(() => expectNothingLeft());

  for (const [input, message] of SESSIONS) {
    it(`as a session's input: ${message}`, async () => {
      const code = "INVALID_OPTION";
      expect(() => createSession(input as SessionInput))
        .to.throw(`createSession: ${message}`)
        .with.property("code", code);

      const error = await endOf(createActor(sessionMachine, { input: input as SessionInput }));
      expect(error).to.deep.include({ code });
      expect((error as Error).message).to.include(`sessionMachine: ${message}`);

      // A parent hears of it as of every actor that fails.
      const parent = setup({ actors: { session: sessionMachine } }).createMachine({
        context: { error: null as unknown },
        invoke: {
          src: "session",
          input: () => input as SessionInput,
          onError: { target: ".over", actions: ({ event }) => heard.push(event.error) },
        },
        initial: "on",
        states: { on: {}, over: { type: "final" } },
      });
      const heard: unknown[] = [];
      await toPromise(createActor(parent).start());
      expect(heard[0]).to.deep.include({ code });
    });
  }

  it("as a supervisor's input", async () => {
    const inputs: readonly (readonly [unknown, string])[] = [
      [{ intensty: 1 }, "unknown option 'intensty'. Did you mean 'intensity'?"],
      [{ period: "5s" }, "option 'period' is '5s'"],
      [{ children: [{ id: "a" }] }, "option 'children[0].start' is missing"],
      [{ children: [host("a", { restart: "always" as never })] }, "option 'children[0].restart'"],
      [
        { children: [{ id: "a", start: { command: "x", timeut: 5 } }] },
        "unknown option 'children[0].start.timeut'. Did you mean 'timeout'?",
      ],
    ];
    for (const [input, message] of inputs) {
      const actor = createActor(supervisorMachine, { input: input as SupervisorInput });
      const error = await endOf(actor);
      expect(error).to.deep.include({ code: "INVALID_OPTION" });
      expect((error as Error).message).to.include(`supervisorMachine: ${message}`);
    }
  });

  it("as a call, which is refused, and the host takes the next", async () => {
    const session = createSession(HOST_PROGRAM);
    const refusals = refusalsOf(session, [
      ...CALLS.map(([call]) => ({ type: "session.call", call }) as SessionEvent),
      { type: "session.load", load: {} } as unknown as SessionEvent,
    ]);
    const end = toPromise(session.start());
    const heard = await refusals;
    expect(heard.map(({ code }) => code)).to.deep.equal(
      Array(CALLS.length + 1).fill("INVALID_CALL"),
    );
    for (const [i, [, message]] of CALLS.entries()) {
      expect(heard[i]!.message).to.include(`session.call: ${message}`);
    }
    expect(heard.at(-1)!.message).to.include("session.load: option 'library' is missing");
    expect(await end).to.deep.include({ retcode: 0, failure: null });
  });

  it("as a request to a supervisor, which settles, and the host takes the next", async () => {
    const supervised = new Supervised({ children: [host("a")] });
    supervised.actor.start();
    await supervised.until(() => supervised.of("host").length === 1);
    const requests: readonly (readonly [unknown, string])[] = [
      ...CALLS.map(([call], i): [unknown, string] => [
        { ref: `${i}`, call },
        call === undefined || Object.keys(call as object).length === 0
          ? "missing"
          : "option 'call.",
      ]),
      [{ ref: "load", load: {} }, "option 'load.library' is missing"],
      [{ ref: "none" }, "option 'call' is missing"],
      [{}, "option 'ref' is missing"],
      [null, "what was given is null, not an object"],
    ];
    for (const [request, message] of requests) {
      const before = supervised.of("settled").length;
      const event = { type: "supervisor.call", id: "a", request } as SupervisorEvent;
      supervised.actor.send(event);
      const settled = supervised.of("settled")[before]!;
      expect(settled).to.deep.include({ child: "a", outcome: "refused", result: null });
      expect(settled.ref).to.equal((request as { ref?: string } | null)?.ref ?? "");
      expect(settled.error!.code).to.equal("INVALID_CALL");
      expect(settled.error!.message).to.include(message);
    }
    const start = { type: "supervisor.start", child: { id: "b" } } as unknown as SupervisorEvent;
    supervised.actor.send(start);
    expect(supervised.of("refused").at(-1)).to.deep.include({
      ...{ child: "b", code: "INVALID_OPTION" },
      message: "supervisor.start: option 'start' is missing. Give an object",
    });
    await supervised.shutDown();
  });
});

/** Starts an actor, and waits for the error that it ends with. */
async function endOf(actor: AnyActor): Promise<unknown> {
  const end = toPromise(actor).then(String, (error: unknown) => error);
  actor.start();
  return end;
}

/** Sends one after the other as each is refused, then has the host end. */
function refusalsOf(session: SessionActor, events: readonly SessionEvent[]) {
  const heard: { readonly code: string; readonly message: string }[] = [];
  return new Promise<typeof heard>((resolve) => {
    const next = () => {
      const event = events[heard.length];
      if (event) return session.send(event);
      session.send({ type: "session.exit" });
      resolve(heard);
    };
    session.on("host", next);
    session.on("refused", (refused) => {
      heard.push(refused);
      next();
    });
  });
}
