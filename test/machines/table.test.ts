import { expect } from "chai";
import {
  type SessionEmitted,
  type SessionEvent,
  type SessionValue,
  sessionMachine,
} from "ffiscope/machines";
import { createActor, fromCallback, type SnapshotFrom } from "xstate";
import type { sessionDefinition } from "../../dist/machines/session/session-definition.js";
import { ACTIONS, GUARDS } from "./docs/words.js";
import { INPUT, isOver, shortestPaths } from "./walk/paths.js";
import { sample } from "./walk/samples.js";
import {
  branches,
  EVENT_TYPES,
  EVENTS,
  FINAL_STATES,
  LIVE_STATES,
  onEntryAndExit,
  REGIONS,
  RETCODE_EVENTS,
  RETCODE_STATES,
  TIMERS,
} from "./walk/table.js";

describe("the table of states and events", () => {
  const lifecycle = LIVE_STATES.flatMap((state) =>
    EVENT_TYPES.map((event) => ({ state, event, outcome: branches(state, event) })),
  );
  const retcode = RETCODE_STATES.flatMap((state) =>
    RETCODE_EVENTS.map((event) => ({ state, event, outcome: branches(state, event, "retcode") })),
  );
  const pairs = [...lifecycle, ...retcode];

  it("every event has an outcome in every state, whatever the guards say", () => {
    const open = pairs.filter(({ event, outcome }) => {
      const runs = !TIMERS.includes(event) || outcome.length > 0;
      return runs && outcome.at(-1)?.guard !== null;
    });
    expect(open.map(({ state, event }) => `${state} ${event}`)).to.deep.equal([]);
  });

  it("in every snapshot that a session can come to, every event takes a line of the table", () => {
    const taken = new Set<unknown>();
    const over = { type: RETCODE_EVENTS[1]! } as unknown as SessionEvent;
    for (const { state: snapshot } of shortestPaths()) {
      if (isOver(snapshot)) continue;
      for (const event of [...EVENTS, over]) {
        const chosen = sessionMachine.getTransitionData(snapshot, event);
        let lines = 0;
        for (const region of REGIONS) {
          const state = snapshot.value[region];
          const outcome = branches(state, event.type, region);
          if (outcome.length === 0) continue; // a timer, or what is the other region's alone
          const own = chosen.filter(({ source }) => source.path[0] === region);
          expect(own, `${state} ${event.type}`).to.have.length(1);
          const line = outcome.find(({ definition }) => definition === (own[0] as unknown));
          expect(line, `${state} ${event.type}`).to.not.equal(undefined);
          taken.add(`${state} ${event.type} ${line!.guard}`);
          lines++;
        }
        expect(chosen, `${JSON.stringify(snapshot.value)} ${event.type}`).to.have.length(lines);
      }
    }
    const lines = pairs.flatMap(({ state, event, outcome }) =>
      outcome.map(({ guard }) => `${state} ${event} ${guard}`),
    );
    expect(lines.filter((line) => !taken.has(line))).to.deep.equal([]);
    expect([...taken]).to.have.members(lines);
  });

  it("a timer runs in its own state only", () => {
    const running = lifecycle.filter(({ event, outcome }) => TIMERS.includes(event) && outcome[0]);
    expect(running.map(({ state }) => state)).to.deep.equal(["severed"]);
  });

  it("when the session is over nothing that comes has an effect", () => {
    const silent = sessionMachine.provide({ actors: { tracee: fromCallback(() => {}) } });
    for (const [last, end] of [
      [sample("tracee.exited"), "exited"],
      [sample("tracee.failed"), "failed"],
    ] as const) {
      const heard: SessionEmitted[] = [];
      const actor = createActor(silent, { input: INPUT });
      actor.on("*", (emitted) => heard.push(emitted));
      actor.start();
      actor.send(last);
      const before = { snapshot: actor.getSnapshot(), heard: [...heard] };
      expect(before.snapshot.value).to.deep.equal({ lifecycle: end, retcode: "settled" });
      for (const event of EVENTS) actor.send(event);
      expect({ snapshot: actor.getSnapshot(), heard }).to.deep.equal(before);
    }
  });

  it("its states are those that the type of a snapshot's value names", () => {
    // Each is assigned to the other: that compiles only where they are the same.
    type Inferred = SnapshotFrom<typeof sessionDefinition>["value"];
    const [named] = [{ lifecycle: "idle", retcode: "none" }] as [SessionValue];
    const inferred: Inferred = named;
    const back: SessionValue = inferred;
    expect(back).to.equal(named);
  });

  it("the states that end a session are exited and failed", () => {
    expect(FINAL_STATES).to.deep.equal(["exited", "failed"]);
  });

  it("an override is what either region has for it: one decides, the other says what it is", () => {
    const heeded = ["idle", "armed", "tracing", "delivering", "severed"];
    for (const state of LIVE_STATES) {
      const [own, ...others] = branches(state, "frame.overrideRetcode");
      expect(others).to.deep.equal([]);
      const early = ["starting", "seizing", "initialStop"].includes(state);
      const action = heeded.includes(state) ? "leaveToRetcode" : early ? "noteViolation" : "ignore";
      expect([state, ...own!.actions]).to.deep.equal([state, action]);
    }
    const ways = RETCODE_STATES.map((state) => {
      const [set, unheeded] = branches(state, "frame.overrideRetcode", "retcode");
      expect(set!.guard).to.equal("mayOverride");
      expect(set!.actions).to.deep.equal(["setOverride", "confirm", "emitOverride"]);
      expect([unheeded!.target, ...unheeded!.actions]).to.deep.equal([null, "ignore"]);
      return `${state} ${set!.target}`;
    });
    expect(ways).to.deep.equal([
      ...["none overridden", "overridden overriddenAgain", "overriddenAgain overriddenAgain"],
    ]);
  });

  it("every action and every guard is used, and has a meaning", () => {
    const lists = [null, ...LIVE_STATES, ...FINAL_STATES].flatMap(onEntryAndExit);
    const actions = [
      ...pairs.flatMap(({ outcome }) => outcome.flatMap((branch) => branch.actions)),
      ...lists.flatMap((list) => list.split(", ")),
    ].filter((name) => name !== "");
    const guards = pairs.flatMap(({ outcome }) => outcome.flatMap(({ guard }) => guard ?? []));
    const { implementations } = sessionMachine;
    const own = Object.keys(ACTIONS).filter((name) => !name.startsWith("xstate."));
    expect([...new Set(actions)]).to.have.members(Object.keys(ACTIONS));
    expect(Object.keys(implementations.actions)).to.have.members(own);
    expect([...new Set(guards)]).to.have.members(Object.keys(GUARDS));
    expect(Object.keys(implementations.guards)).to.have.members(Object.keys(GUARDS));
  });
});
