import { expect } from "chai";
import { retcode } from "ffiscope/machines";
import { from, isOver, keyOf, type Snapshot, shortestPaths } from "./walk/paths.js";
import { sample } from "./walk/samples.js";
import { EVENTS, FINAL_STATES, LIVE_STATES } from "./walk/table.js";

describe("paths walked from the session machine", () => {
  const paths = shortestPaths();
  const snapshots = paths.map(({ state }) => state);

  it("reach every state", () => {
    const reached = new Set(snapshots.map(({ value }) => value));
    expect([...reached]).to.have.members([...LIVE_STATES, ...FINAL_STATES]);
  });

  it("end in exited or in failed, and only there", () => {
    for (const snapshot of snapshots) {
      expect(isOver(snapshot)).to.equal(FINAL_STATES.includes(snapshot.value));
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
      expect(end.value).to.equal(violation || failure ? "failed" : "exited");
    }
  });

  it("go through stopping to the end, and nowhere else", () => {
    for (const snapshot of snapshots.filter(({ value }) => value === "stopping")) {
      for (const next of nextOf(snapshot)) {
        expect(["stopping", ...FINAL_STATES]).to.include(next.value);
      }
    }
  });

  it("know of a violation only once the session is being ended", () => {
    for (const { value, context } of snapshots) {
      if (context.violation) expect(["stopping", "failed"]).to.include(value);
      if (value === "exited")
        expect([context.violation, context.failure]).to.deep.equal([null, null]);
    }
  });

  it("have a call from its StartFfi until its MemEvents are sent", () => {
    const phases = { idle: undefined, armed: "armed", tracing: "running", delivering: "over" };
    for (const { value, context } of snapshots) {
      if (value in phases) {
        expect(context.current?.phase).to.equal(phases[value as keyof typeof phases]);
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
      expect(value).to.equal(snapshot.value);
      expect(context.violation).to.deep.equal(snapshot.context.violation);
      expect(context.override).to.equal(snapshot.context.override);
    }
  });
});

function nextOf(snapshot: Snapshot): Snapshot[] {
  return EVENTS.map((event) => from(snapshot, event));
}
