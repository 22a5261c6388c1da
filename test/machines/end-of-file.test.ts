import { expect } from "chai";
import { eof, exited, exiting, graceOver, killedBy, signal } from "./walk/events.js";
import { from, type Snapshot, violationIn } from "./walk/paths.js";
import { sample } from "./walk/samples.js";
import { at, STAGES } from "./walk/stages.js";
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

  for (const stage of STAGES) {
    it(`inside a frame while ${stage} is one, also when the child then exits 0`, () => {
      const cut = from(at(stage), eof(true));
      expect(cut.value.lifecycle).to.equal("stopping");
      const end = from(cut, exiting, exited(0));
      expect(end.value.lifecycle).to.equal("failed");
      expect(end.output!.retcode).to.equal(1);
      const { state, came } = end.output!.violation!;
      expect({ state, came }).to.deep.equal({ state: stage, came: "end of file inside a frame" });
    });

    it(`inside a frame while ${stage} is one whatever comes with it`, () => {
      for (const events of [
        [exiting, eof(true), exited(3)],
        [eof(true), killedBy("SIGKILL")],
        [eof(true), exited(3)],
      ]) {
        const end = from(at(stage), ...events);
        expect(end.value.lifecycle).to.equal("failed");
        expect(end.output).to.deep.include({ retcode: 1 });
        expect(end.output!.violation).to.deep.include({ came: "end of file inside a frame" });
      }
    });
  }

  for (const stage of ["armed", "tracing"] as const) {
    it(`while ${stage} is one, also when the child then exits 0`, () => {
      const { state, came } = brokenOff(from(at(stage), eof()));
      expect(state).to.equal(stage);
      expect(came).to.equal("end of file");
    });

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
    it(`while ${stage}, that comes with the exit is the exit`, () => {
      const end = from(at(stage), exiting, eof(), exited(3));
      expect(end.value.lifecycle).to.equal("exited");
      expect(end.output).to.deep.include({ retcode: 3, exitCode: 3, violation: null });
    });

    it(`while ${stage}, that is seen before an unannounced death is the death`, () => {
      const end = from(at(stage), eof(), killedBy("SIGKILL"));
      expect(end.value.lifecycle).to.equal("exited");
      expect(end.output).to.deep.include({ retcode: 1, signal: "SIGKILL", violation: null });
    });
  }

  /** The violation of a session whose channel has broken off, once the child comes to its exit. */
  function brokenOff(severed: Snapshot) {
    expect(severed.value.lifecycle).to.equal("severed");
    const end = from(severed, exiting, exited(0));
    expect(end.value.lifecycle).to.equal("failed");
    expect(end.output!.retcode).to.equal(1);
    return { ...end.output!.violation! };
  }
});
