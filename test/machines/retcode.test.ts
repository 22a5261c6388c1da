import { expect } from "chai";
import { retcode, type SessionEvent } from "ffiscope/machines";
import { exited, killedBy, override, signal } from "./walk/events.js";
import { from, violationIn } from "./walk/paths.js";
import { sample } from "./walk/samples.js";
import { at, EARLY_STAGES, READY_STAGES } from "./walk/stages.js";
import { step } from "./walk/step.js";

describe("the code that a supervisor returns", () => {
  it("is the override, or else the child's exit code, or else 1", () => {
    expect(retcode({ override: 7, exitCode: 3, failed: false })).to.equal(7);
    expect(retcode({ override: 0, exitCode: 3, failed: false })).to.equal(0);
    expect(retcode({ override: null, exitCode: 3, failed: false })).to.equal(3);
    expect(retcode({ override: null, exitCode: 0, failed: false })).to.equal(0);
    expect(retcode({ override: null, exitCode: null, failed: false })).to.equal(1);
    expect(retcode({ override: 7, exitCode: null, failed: false })).to.equal(7);
  });

  it("is 1 after a violation, whatever the override was", () => {
    expect(retcode({ override: 7, exitCode: 0, failed: true })).to.equal(1);
  });

  const cases: readonly [string, readonly SessionEvent[], number][] = [
    ["the child's exit code", [exited(3)], 3],
    ["0 where the child exits with it", [exited(0)], 0],
    ["1 where a signal killed the child", [killedBy("SIGSEGV")], 1],
    ["an override of 0 over an exit with 3", [override(0), exited(3)], 0],
    ["an override where a signal killed the child", [override(7), killedBy("SIGKILL")], 7],
    ["the last override", [override(7), override(8), exited(0)], 8],
    ["an override that is negative, whole", [override(-1), exited(0)], -1],
    ["1 after a violation under an override", [override(7), signal("SIGUSR1"), exited(0)], 1],
    ["1 where the tracer failed under an override", [override(7), sample("tracee.failed")], 1],
    ["an override where the embedder ends it", [override(7), sample("session.kill"), exited(0)], 7],
  ];
  for (const [name, events, code] of cases) {
    it(`is ${name}`, () => {
      expect(from(at("idle"), ...events).output!.retcode).to.equal(code);
    });
  }
});

describe("OverrideRetcode", () => {
  for (const stage of READY_STAGES) {
    it(`is confirmed and leaves the session as it is while ${stage}`, () => {
      const { next, commands, emitted } = step(at(stage), override(42));
      expect(next.value).to.deep.equal({ lifecycle: stage, retcode: "overridden" });
      expect(next.context).to.deep.equal({ ...at(stage).context, override: 42 });
      expect(commands).to.deep.equal([{ type: "confirm" }]);
      expect(emitted).to.deep.equal([{ type: "override", code: 42 }]);
      expect(from(next, exited(0)).output!.retcode).to.equal(42);
    });
  }

  for (const stage of READY_STAGES) {
    it(`is told apart from the first while ${stage}, each time it comes again`, () => {
      const again = from(at(stage), override(1), override(2));
      expect(again.value).to.deep.equal({ lifecycle: stage, retcode: "overriddenAgain" });
      const { next, commands, emitted } = step(again, override(3));
      expect(next.value).to.deep.equal({ lifecycle: stage, retcode: "overriddenAgain" });
      expect(commands).to.deep.equal([{ type: "confirm" }]);
      expect(emitted).to.deep.equal([{ type: "override", code: 3 }]);
      expect(next.context.override).to.equal(3);
    });
  }

  it("is not heeded in a session that is being ended", () => {
    const stopping = from(at("tracing"), override(1), sample("session.kill"));
    const { next, commands, emitted } = step(stopping, override(2));
    expect(next.value).to.deep.equal({ lifecycle: "stopping", retcode: "overridden" });
    expect([commands, emitted, next.context.override]).to.deep.equal([[], [], 1]);
  });

  it("settles with the end of the session, however it ends", () => {
    for (const end of [exited(0), sample("tracee.failed")]) {
      for (const before of [at("idle"), from(at("idle"), override(1))]) {
        const over = from(before, end);
        expect(over.value.retcode).to.equal("settled");
        expect(over.status).to.equal("done");
      }
    }
  });

  for (const stage of EARLY_STAGES) {
    it(`is a violation while ${stage}: the start-up SIGSTOP comes before anything else`, () => {
      expect(violationIn(from(at(stage), override(42)))).to.deep.include({
        state: stage,
        came: "OverrideRetcode",
        expected: "the start-up SIGSTOP before anything else",
      });
      const { next, commands } = step(at(stage), override(42));
      expect(next.value).to.deep.equal({ lifecycle: "stopping", retcode: "none" });
      expect(commands).to.deep.equal([{ type: "kill" }]);
    });
  }

  it("holds for the calls that follow", () => {
    const delivered = from(at("delivering"), override(5), sample("channel.delivered"));
    expect(delivered.value).to.deep.equal({ lifecycle: "idle", retcode: "overridden" });
    expect(from(delivered, sample("frame.startFfi"), exited(0)).output!.retcode).to.equal(5);
  });
});
