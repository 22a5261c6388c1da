import { expect } from "chai";
import { ProtocolViolation, type SessionEvent, type ViolationFacts } from "ffiscope/machines";
import { eof, killedBy, signal } from "./walk/events.js";
import { from, type Snapshot, violationIn } from "./walk/paths.js";
import { sample } from "./walk/samples.js";
import { at, EARLY_STAGES, hosted } from "./walk/stages.js";
import { step } from "./walk/step.js";

describe("a breach of the protocol", () => {
  const SIGSTOP_NEXT = "SIGSTOP after the Confirmation (or OverrideRetcode)";
  const SIGUSR1_NEXT = "SIGUSR1 at the end of the call (or OverrideRetcode)";
  const ASK = "StartFfi or OverrideRetcode";
  const TAKE = "that the child receives its MemEvents (or OverrideRetcode)";
  const malformed = sample("frame.malformed");
  const cases: readonly [string, Snapshot, SessionEvent, Partial<ViolationFacts>][] = [
    [
      "StartFfi twice",
      at("armed"),
      sample("frame.startFfi"),
      { state: "armed", came: "StartFfi", expected: SIGSTOP_NEXT },
    ],
    [
      "a second StartFfi while tracing",
      at("tracing"),
      sample("frame.startFfi"),
      { state: "tracing", came: "StartFfi", expected: SIGUSR1_NEXT },
    ],
    [
      "StartFfi before the MemEvents were taken",
      at("delivering"),
      sample("frame.startFfi"),
      { state: "delivering", came: "StartFfi", expected: TAKE },
    ],
    [
      "SIGSTOP without StartFfi",
      at("idle"),
      signal("SIGSTOP"),
      { state: "idle", came: "SIGSTOP", expected: ASK },
    ],
    [
      "SIGSTOP while tracing",
      at("tracing"),
      signal("SIGSTOP"),
      { state: "tracing", came: "SIGSTOP", expected: SIGUSR1_NEXT },
    ],
    [
      "SIGUSR1 without a call",
      at("idle"),
      signal("SIGUSR1"),
      { state: "idle", came: "SIGUSR1", expected: ASK },
    ],
    [
      "SIGUSR1 between Confirmation and SIGSTOP",
      at("armed"),
      signal("SIGUSR1"),
      { state: "armed", came: "SIGUSR1", expected: SIGSTOP_NEXT },
    ],
    [
      "SIGUSR1 after the call's own",
      at("delivering"),
      signal("SIGUSR1"),
      { state: "delivering", came: "SIGUSR1", expected: TAKE },
    ],
    [
      "a frame that cannot be read",
      at("idle"),
      malformed,
      { state: "idle", came: "a frame that cannot be read (an empty frame)", code: "EMPTY_FRAME" },
    ],
    ["garbage while tracing", at("tracing"), malformed, { state: "tracing", code: "EMPTY_FRAME" }],
    [
      "a second hello",
      hosted(),
      sample("frame.hello"),
      { state: "idle", came: "the extension hello" },
    ],
    [
      "a hello in a call",
      at("armed"),
      sample("frame.hello"),
      { state: "armed", came: "the extension hello" },
    ],
    ["a heap without a hello", at("idle"), sample("frame.heap"), { came: "the extension heap" }],
    [
      "functions without a hello",
      at("idle"),
      sample("frame.functions"),
      { came: "the extension functions" },
    ],
    [
      "a result that nobody asked for",
      hosted(),
      sample("frame.returned"),
      { came: "the extension returned" },
    ],
    [
      "a refusal that nobody asked for",
      hosted(),
      sample("frame.refused"),
      { came: "the extension refused" },
    ],
  ];
  for (const [name, snapshot, event, facts] of cases) {
    it(`${name} ends the session and kills the child`, () => {
      const { next, commands } = step(snapshot, event);
      expect(next.value.lifecycle).to.equal("stopping");
      expect(commands).to.deep.equal([{ type: "kill" }]);
      expect(next.context.violation).to.deep.include(facts);

      const end = step(next, killedBy("SIGKILL"));
      expect(end.next.value.lifecycle).to.equal("failed");
      expect(end.next.output).to.deep.include({
        retcode: 1,
        signal: "SIGKILL",
        violation: next.context.violation,
      });
      expect(end.emitted.slice(-2)).to.deep.equal([
        { type: "violation", violation: next.context.violation },
        { type: "exit", retcode: 1 },
      ]);
    });
  }

  for (const stage of EARLY_STAGES) {
    it(`a frame while ${stage} ends the session`, () => {
      const facts = violationIn(from(at(stage), sample("frame.startFfi")));
      expect(facts).to.deep.include({ state: stage, came: "StartFfi" });
    });
  }

  it("only the first counts", () => {
    const first = from(at("idle"), signal("SIGUSR1"));
    const later = from(first, sample("frame.startFfi"), sample("frame.malformed"), eof(true));
    expect(violationIn(later)).to.deep.equal(violationIn(first));
  });

  it("is an error that names the state, what came and what was expected", () => {
    const error = new ProtocolViolation(violationIn(from(at("idle"), sample("frame.malformed")))!);
    expect(error).to.include({
      name: "ProtocolViolation",
      code: "PROTOCOL_VIOLATION",
      state: "idle",
      came: "a frame that cannot be read (an empty frame)",
      expected: "StartFfi or OverrideRetcode",
      wireCode: "EMPTY_FRAME",
      message:
        "protocol violation in state idle: a frame that cannot be read (an empty frame) came, expected StartFfi or OverrideRetcode",
    });
  });

  it("what the tracer cannot have seen is a defect, and says so", () => {
    const next = from(at("idle"), sample("tracee.callEnded"));
    expect(next.value.lifecycle).to.equal("stopping");
    expect(next.context.violation).to.equal(null);
    expect(next.context.failure).to.deep.include({
      code: "INTERNAL",
      message: "internal error: the tracer reported tracee.callEnded in state idle",
    });
  });
});
