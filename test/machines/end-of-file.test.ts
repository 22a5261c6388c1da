import { expect } from "chai";
import { eof, exited, exiting, graceOver, killedBy, signal } from "./walk/events.js";
import { from, type Snapshot, violationIn } from "./walk/paths.js";
import { sample } from "./walk/samples.js";
import { at, EARLY_STAGES, STAGES } from "./walk/stages.js";
import { step } from "./walk/step.js";

describe("an end of file", () => {
  for (const stage of ["idle", "delivering"] as const) {
    it(`while ${stage} is no violation: the child is waited for`, () => {
      const closed = from(at(stage), eof());
      expect(closed.value.lifecycle).to.equal(stage);
      expect(closed.context.channelClosed).to.equal(true);
      expect(from(closed, exiting, exited(3)).output).to.deep.include({
        retcode: 3,
        violation: null,
      });
    });
  }

  for (const stage of [...EARLY_STAGES, "idle", "delivering"] as const) {
    it(`inside a frame while ${stage} is one, also when the child then exits 0`, () => {
      const { state, came, violation } = brokenOff(from(at(stage), eof(true)));
      expect({ state, came }).to.deep.equal({ state: stage, came: "end of file inside a frame" });
      expect(violation).to.equal(true);
    });
  }

  for (const stage of ["armed", "tracing"] as const) {
    for (const midFrame of [false, true]) {
      it(`${midFrame ? "inside a frame " : ""}while ${stage} is one, also when the child then exits 0`, () => {
        const { state, came } = brokenOff(from(at(stage), eof(midFrame)));
        expect(state).to.equal(stage);
        expect(came).to.equal(midFrame ? "end of file inside a frame" : "end of file");
      });
    }

    it(`while ${stage} is one where no exit comes with it`, () => {
      const severed = step(at(stage), eof());
      expect(severed.next.value.lifecycle).to.equal("severed");
      expect(severed.timers).to.deep.equal([
        { type: "xstate.after.severedGrace.severed", delay: 250 },
      ]);
      expect(violationIn(severed.next)).to.equal(null);
      expect(violationIn(from(severed.next, graceOver))).to.deep.include({ state: stage });
    });

    it(`and SIGSTOP or SIGUSR1 after it, while ${stage}, is the end of file's violation`, () => {
      const severed = from(at(stage), eof());
      const came = [sample("tracee.tracing"), sample("tracee.callEnded"), signal("SIGUSR1")];
      for (const event of came) {
        expect(violationIn(from(severed, event))).to.deep.include({
          state: stage,
          came: "end of file",
        });
      }
    });
  }

  for (const stage of STAGES) {
    for (const midFrame of [false, true]) {
      const where = `${midFrame ? "inside a frame, " : ""}while ${stage},`;
      it(`${where} that comes with the exit is the exit`, () => {
        const end = from(at(stage), exiting, eof(midFrame), exited(3));
        expect(end.value.lifecycle).to.equal("exited");
        expect(end.output).to.deep.include({ retcode: 3, exitCode: 3, violation: null });
      });

      it(`${where} that is seen before an unannounced death is the death`, () => {
        const end = from(at(stage), eof(midFrame), killedBy("SIGKILL"));
        expect(end.value.lifecycle).to.equal("exited");
        expect(end.output).to.deep.include({ retcode: 1, signal: "SIGKILL", violation: null });
      });
    }
  }

  /** The violation of a session whose channel has broken off, once the child comes to its exit. */
  function brokenOff(severed: Snapshot) {
    expect(severed.value.lifecycle).to.equal("severed");
    const end = from(severed, exiting, exited(0));
    expect(end.value.lifecycle).to.equal("failed");
    expect(end.output!.retcode).to.equal(1);
    return { ...end.output!.violation!, violation: end.output!.violation !== null };
  }
});
