import { expect } from "chai";
import { retcode } from "ffiscope/machines";
import { from, isOver, keyOf, type Snapshot, shortestPaths, stateOf } from "./walk/paths.js";
import { sample } from "./walk/samples.js";
import { EVENTS, FINAL_STATES, LIVE_STATES, RETCODE_STATES } from "./walk/table.js";

describe("paths walked from the session machine", () => {
  const paths = shortestPaths();
  const snapshots = paths.map(({ state }) => state);

  it("reach every state", () => {
    const reached = new Set(snapshots.map(stateOf));
    expect([...reached]).to.have.members([...LIVE_STATES, ...FINAL_STATES]);
  });

  it("reach every state of the retcode, in each position in which an override may come", () => {
    const reached = new Set(snapshots.map(({ value }) => `${value.lifecycle} ${value.retcode}`));
    for (const state of ["idle", "armed", "tracing", "delivering", "severed", "stopping"]) {
      for (const retcode of RETCODE_STATES) expect(reached).to.include(`${state} ${retcode}`);
    }
    for (const state of ["starting", "seizing", "initialStop"]) {
      const own = [...reached].filter((both) => both.startsWith(`${state} `));
      expect(own).to.deep.equal([`${state} none`]);
    }
    for (const state of FINAL_STATES) {
      const own = [...reached].filter((both) => both.startsWith(`${state} `));
      expect(own).to.deep.equal([`${state} settled`]);
    }
  });

  it("have an override where the retcode's state says so", () => {
    for (const { value, context } of snapshots.filter((snapshot) => !isOver(snapshot))) {
      expect(context.override === null).to.equal(value.retcode === "none");
    }
  });

  it("end in exited or in failed, and only there", () => {
    for (const snapshot of snapshots) {
      expect(isOver(snapshot)).to.equal(FINAL_STATES.includes(stateOf(snapshot)));
    }
  });

  it("can all be followed to an end", () => {
    const ending = new Set(snapshots.filter(isOver).map(keyOf));
    const open = snapshots.filter((snapshot) => !isOver(snapshot));
    const ways = open.map((snapshot) => [keyOf(snapshot), nextOf(snapshot).map(keyOf)] as const);
    for (let before = -1; before < ending.size; ) {
      before = ending.size;
      for (const [key, next] of ways) {
        if (next.some((reached) => ending.has(reached))) ending.add(key);
      }
    }
    expect(ways.filter(([key]) => !ending.has(key))).to.deep.equal([]);
  });

  it("end with the child's death, wherever they are", () => {
    for (const snapshot of snapshots.filter((s) => !isOver(s))) {
      const end = from(snapshot, sample("tracee.exited"));
      const { violation, failure } = snapshot.context;
      expect(stateOf(end)).to.equal(violation || failure ? "failed" : "exited");
    }
  });

  it("go through stopping to the end, and nowhere else", () => {
    for (const snapshot of snapshots.filter((s) => stateOf(s) === "stopping")) {
      for (const next of nextOf(snapshot)) {
        expect(["stopping", ...FINAL_STATES]).to.include(stateOf(next));
      }
    }
  });

  it("know of a violation only once the session is being ended", () => {
    for (const snapshot of snapshots) {
      const [state, { context }] = [stateOf(snapshot), snapshot];
      if (context.violation) expect(["stopping", "failed"]).to.include(state);
      if (state === "exited")
        expect([context.violation, context.failure]).to.deep.equal([null, null]);
    }
  });

  it("have a call from its StartFfi until its MemEvents are sent", () => {
    const phases = { idle: undefined, armed: "armed", tracing: "running", delivering: "over" };
    for (const snapshot of snapshots) {
      const state = stateOf(snapshot);
      if (state in phases) {
        const { current } = snapshot.context;
        expect(current?.phase).to.equal(phases[state as keyof typeof phases]);
      }
    }
  });

  it("end with the code that the rule gives", () => {
    for (const { output, context } of snapshots.filter(isOver)) {
      const { override, exitCode, violation, failure } = context;
      const failed = violation !== null || failure !== null;
      expect(output!.retcode).to.equal(retcode({ override, exitCode, failed }));
    }
  });

  it("have snapshots that survive JSON", () => {
    for (const snapshot of snapshots) {
      const text = JSON.stringify(snapshot);
      const { value, context } = JSON.parse(text) as typeof snapshot;
      expect(value).to.deep.equal(snapshot.value);
      expect(context).to.deep.equal(snapshot.context); // all of it is plain data
    }
  });
});

function nextOf(snapshot: Snapshot): Snapshot[] {
  return EVENTS.map((event) => from(snapshot, event));
}
