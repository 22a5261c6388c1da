import { expect } from "chai";
import { createSession, HOST_PROGRAM, sessionEnd, sessionMachine } from "ffiscope/machines";
import { assign, createActor, createMachine, setup, toPromise } from "xstate";
import type { ActorFacts, Entry, StateFacts } from "../../dist/inspector/entry.js";
import { History } from "../../dist/inspector/history.js";
import { Recorder } from "../../dist/inspector/recorder.js";
import { abortCall, pauseCall, traceCrc32 } from "../machines/support/calls.js";
import { expectNothingLeft } from "../support/processes.js";

describe("what the inspector records", () => {
  let history: History;
  let recorder: Recorder;
  const inspect = (event: Parameters<Recorder["inspect"]>[0]) => recorder.inspect(event);

  beforeEach(() => {
    history = new History();
    recorder = new Recorder(history);
  });
  afterEach(() => expectNothingLeft());

  const entries = () => history.textsFrom(0, 1e9).map((text) => JSON.parse(text) as Entry);
  const actors = () => entries().filter((entry) => entry.kind === "actor") as ActorFacts[];

  it("a session that a machine of the user's invokes, with both charts", async () => {
    const machine = setup({ actors: { session: sessionMachine } }).createMachine({
      id: "service",
      initial: "tracing",
      states: {
        tracing: { invoke: { src: "session", id: "zlib", input: HOST_PROGRAM, onDone: "over" } },
        over: { type: "final" },
      },
    });
    const actor = createActor(machine, { inspect });
    actor.subscribe(({ children }) => {
      const session = children.zlib;
      if (session && !heard.has(session)) heard.add(session) && traceCrc32(session as never);
    });
    const heard = new Set<unknown>();
    const end = toPromise(actor);
    actor.start();
    await end;
    expect(actors().map(({ name, parent, machine: name_ }) => [name, parent, name_])).to.deep.equal(
      [
        [actor.id, null, "service"],
        ["zlib", 1, "session"],
        ["tracee", 2, null],
      ],
    );
    expect(actors().map(({ chart }) => chart)).to.deep.equal([0, 1, null]);
    expect(recorder.charts[0]!.regions[0]!.arrows).to.deep.equal([
      { from: "tracing", to: "over", labels: ["done: zlib"] },
    ]);
    const call = entries().find((entry) => entry.kind === "call");
    expect(call).to.deep.include({ actor: 2 });
  });

  it("sessions of one machine with one chart, whatever their ids", async () => {
    const sessions = [1, 2, 3].map(() => createSession(HOST_PROGRAM, inspect));
    const ends = sessions.map((session) => {
      traceCrc32(session);
      const end = sessionEnd(session);
      session.start();
      return end;
    });
    await Promise.all(ends);
    const roots = actors().filter(({ parent }) => parent === null);
    expect(roots.map(({ chart }) => chart)).to.deep.equal([0, 0, 0]);
    expect(new Set(roots.map(({ actor }) => actor)).size).to.equal(3);
    expect(recorder.charts).to.have.length(1);
  });

  it("a call that crashes, by its signal", async () => {
    const session = createSession(HOST_PROGRAM, inspect);
    session.on("host", () => session.send(abortCall));
    const end = sessionEnd(session);
    session.start();
    await end;
    const call = entries().find((entry) => entry.kind === "call");
    expect(call?.kind === "call" && call.call).to.deep.include({
      ...{ name: "abort", outcome: "crashed: SIGABRT", accesses: 0, findings: null },
    });
  });

  it("that a session was stopped", async () => {
    const session = createSession(HOST_PROGRAM, inspect);
    session.on("host", () => session.send(pauseCall));
    const running = new Promise<void>((resolve) => {
      session.on("callStarted", () => resolve());
    });
    session.start();
    await running;
    session.stop();
    const said = history.opening().past;
    expect(said).to.deep.equal([]); // nothing was dropped
    const last = entries().findLast((entry) => entry.kind === "state" && entry.actor === 1);
    expect(last).to.deep.include({ state: "tracing", status: "stopped" });
  });

  it("a state only where it says something new, and never a value of the environment", async () => {
    const input = { ...HOST_PROGRAM, env: { ...process.env, SECRET: "do-not-show" } as never };
    const session = createSession(input, inspect);
    traceCrc32(session);
    const end = sessionEnd(session);
    session.start();
    await end;
    expect(JSON.stringify(entries())).to.not.include("do-not-show");
    const states = entries().filter((entry) => entry.kind === "state") as (StateFacts & Entry)[];
    const ofSession = states.filter(({ actor }) => actor === 1).map(({ seq, at, ...said }) => said);
    for (const [i, said] of ofSession.entries()) {
      expect(said).to.not.deep.equal(ofSession[i - 1]);
    }
  });

  it("what cannot be shown, and leaves the actor alone", () => {
    const broken = {
      get value(): number {
        throw new Error("not to be read");
      },
    };
    const machine = createMachine({
      context: { broken, turns: 0 },
      on: { turn: { actions: assign({ turns: ({ context }) => context.turns + 1 }) } },
    });
    const actor = createActor(machine, { inspect }).start();
    actor.send({ type: "turn" });
    expect(actor.getSnapshot().context.turns).to.equal(1);
    actor.stop();
    expect(JSON.stringify(entries())).to.include("(cannot be shown: not to be read)");
    expect(actors()[0]!.chart).to.equal(null);
  });
});
