import { expect } from "chai";
import {
  ProtocolViolation,
  retcode,
  type SessionEmitted,
  type SessionEvent,
  sessionMachine,
  type ViolationFacts,
} from "ffiscope/machines";
import { initialTransition } from "xstate";
import { after, from, INPUT, type Snapshot } from "./walk/paths.js";
import { BATCH, sample } from "./walk/samples.js";
import { at, EARLY_STAGES, READY_STAGES, STAGES } from "./walk/stages.js";
import { step } from "./walk/step.js";

const override = (code: number): SessionEvent => ({ type: "frame.overrideRetcode", code });
const exited = (code: number): SessionEvent => ({ type: "tracee.exited", code, signal: null });
const killedBy = (signal: string): SessionEvent => ({ type: "tracee.exited", code: null, signal });
const eof = (midFrame = false): SessionEvent => ({ type: "channel.eof", midFrame });
const signal = (name: "SIGSTOP" | "SIGUSR1"): SessionEvent => ({
  type: "tracee.unexpectedSignal",
  signal: name,
});
const exiting = sample("tracee.exiting");
const graceOver = { type: "xstate.after.severedGrace.severed" } as unknown as SessionEvent;

/** An extension client's session, idle; with a call of the host under way or not. */
const hosted = (...events: SessionEvent[]) =>
  from(at("idle"), sample("frame.hello"), sample("frame.heap"), ...events);

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
      expect(next.value).to.equal(stage);
      expect(next.context).to.deep.equal({ ...at(stage).context, override: 42 });
      expect(commands).to.deep.equal([{ type: "confirm" }]);
      expect(emitted).to.deep.equal([{ type: "override", code: 42 }]);
      expect(from(next, exited(0)).output!.retcode).to.equal(42);
    });
  }

  for (const stage of EARLY_STAGES) {
    it(`is a violation while ${stage}: the start-up SIGSTOP comes before anything else`, () => {
      expect(violationIn(from(at(stage), override(42)))).to.deep.include({
        state: stage,
        came: "OverrideRetcode",
        expected: "the start-up SIGSTOP before anything else",
      });
    });
  }

  it("holds for the calls that follow", () => {
    const delivered = from(at("delivering"), override(5), sample("channel.delivered"));
    expect(from(delivered, sample("frame.startFfi"), exited(0)).output!.retcode).to.equal(5);
  });
});

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
      expect(next.value).to.equal("stopping");
      expect(commands).to.deep.equal([{ type: "kill" }]);
      expect(next.context.violation).to.deep.include(facts);

      const end = step(next, killedBy("SIGKILL"));
      expect(end.next.value).to.equal("failed");
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
    expect(next.value).to.equal("stopping");
    expect(next.context.violation).to.equal(null);
    expect(next.context.failure).to.deep.include({
      code: "INTERNAL",
      message: "internal error: the tracer reported tracee.callEnded in state idle",
    });
  });
});

describe("an end of file", () => {
  for (const stage of ["idle", "delivering"] as const) {
    it(`while ${stage} is no violation: the child is waited for`, () => {
      const closed = from(at(stage), eof());
      expect(closed.value).to.equal(stage);
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
      expect(severed.next.value).to.equal("severed");
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
        expect(end.value).to.equal("exited");
        expect(end.output).to.deep.include({ retcode: 3, exitCode: 3, violation: null });
      });

      it(`${where} that is seen before an unannounced death is the death`, () => {
        const end = from(at(stage), eof(midFrame), killedBy("SIGKILL"));
        expect(end.value).to.equal("exited");
        expect(end.output).to.deep.include({ retcode: 1, signal: "SIGKILL", violation: null });
      });
    }
  }

  /** The violation of a session whose channel has broken off, once the child comes to its exit. */
  function brokenOff(severed: Snapshot) {
    expect(severed.value).to.equal("severed");
    const end = from(severed, exiting, exited(0));
    expect(end.value).to.equal("failed");
    expect(end.output!.retcode).to.equal(1);
    return { ...end.output!.violation!, violation: end.output!.violation !== null };
  }
});

describe("the child's end", () => {
  for (const stage of STAGES) {
    const inCall = stage === "armed" || stage === "tracing";
    it(`by exit while ${stage} follows the rule of exit codes`, () => {
      const { next, emitted } = step(from(at(stage), exiting), exited(3));
      expect(next.value).to.equal("exited");
      expect(next.output).to.deep.include({ retcode: 3, duringCall: inCall });
      expect(emitted.at(-1)).to.deep.equal({ type: "exit", retcode: 3 });
    });

    it(`by a signal while ${stage} has no exit code`, () => {
      const { next } = step(from(at(stage), exiting), killedBy("SIGSEGV"));
      expect(next.output).to.deep.include({ retcode: 1, exitCode: null, signal: "SIGSEGV" });
    });

    it(`is waited for when the embedder kills it while ${stage}`, () => {
      const { next, commands } = step(at(stage), sample("session.kill"));
      expect(next.value).to.equal("stopping");
      expect(commands).to.deep.equal([{ type: "kill" }]);
      expect(from(next, killedBy("SIGKILL")).value).to.equal("exited");
    });
  }

  it("in a call that runs gives the call's record, with the events so far", () => {
    const running = at("tracing");
    running.context.current!.log.append(BATCH);
    const cases: readonly [SessionEvent[], object][] = [
      [[exiting, exited(3)], { outcome: "exited", exitCode: 3, signal: null }],
      [[exiting, killedBy("SIGABRT")], { outcome: "crashed", exitCode: null, signal: "SIGABRT" }],
      [
        [sample("session.callTimeout"), killedBy("SIGKILL")],
        { outcome: "timed-out", signal: null },
      ],
      [[sample("session.kill"), killedBy("SIGKILL")], { outcome: "cancelled", signal: null }],
      [[signal("SIGSTOP"), killedBy("SIGKILL")], { outcome: "cancelled", signal: null }],
      [[sample("tracee.failed")], { outcome: "cancelled" }],
    ];
    for (const [events, facts] of cases) {
      const [record, ...more] = recordsOf(running, events);
      expect(more).to.deep.equal([]);
      expect(record).to.deep.include({ call: 1, ...facts });
      expect([...record!.log]).to.have.length(1);
    }
  });

  it("in a call that has not begun, or has ended, gives no record of its own", () => {
    for (const stage of ["armed", "delivering"] as const) {
      for (const end of [exited(0), killedBy("SIGKILL"), sample("tracee.failed")]) {
        expect(recordsOf(at(stage), [end])).to.deep.equal([]);
      }
    }
  });

  function recordsOf(start: Snapshot, events: readonly SessionEvent[]) {
    const heard: SessionEmitted[] = [];
    let snapshot = start;
    for (const event of events) {
      const { next, emitted } = step(snapshot, event);
      heard.push(...emitted);
      snapshot = next;
    }
    return heard.flatMap((emitted) => (emitted.type === "call" ? [emitted.record] : []));
  }
});

describe("a call", () => {
  it("arms the tracer, and the call is the session's next", () => {
    const ranges = [{ start: 0x1000, end: 0x3000, protection: 3 }];
    const { next, commands } = step(at("idle"), { type: "frame.startFfi", ranges });
    expect(commands).to.deep.equal([{ type: "arm", call: 1, ranges }]);
    expect(next.context.current).to.deep.include({ number: 1, phase: "armed" });
    const second = from(at("delivering"), sample("channel.delivered"), sample("frame.startFfi"));
    expect(second.context.current).to.deep.include({ number: 2, phase: "armed" });
  });

  it("delivers its accesses to the child, and its record to listeners", () => {
    const running = at("tracing");
    running.context.current!.log.append(BATCH);
    const { commands, emitted } = step(running, sample("tracee.callEnded"));
    expect(commands).to.deep.equal([{ type: "deliver", batches: [BATCH] }]);
    const [{ record }] = emitted as [Extract<SessionEmitted, { type: "call" }>];
    expect(record).to.deep.include({ call: 1, outcome: "returned", durationMs: 1.5 });
    expect(record.log.length).to.equal(1);
  });

  it("of the host's delivers none: its caller has them", () => {
    const requested = hosted(sample("session.call"), sample("frame.startFfi"));
    const running = from(requested, sample("tracee.tracing"));
    running.context.current!.log.append(BATCH);
    const { commands } = step(running, sample("tracee.callEnded"));
    expect(commands).to.deep.equal([{ type: "deliver", batches: [] }]);
  });

  it("has the accesses that come while it runs, and no others", () => {
    const callOf = (stage: (typeof READY_STAGES)[number]) => {
      const [heard] = step(at(stage), sample("tracee.accesses")).emitted;
      return (heard as Extract<SessionEmitted, { type: "accesses" }>).call;
    };
    expect(READY_STAGES.map(callOf)).to.deep.equal([null, null, 1, null]);
  });

  it("has a timer only where a timeout was given", () => {
    const toTracing = (timeout?: number) => {
      const input = timeout === undefined ? INPUT : { ...INPUT, timeout };
      const [start] = initialTransition(sessionMachine, input);
      const armed = from(
        start,
        sample("tracee.spawned"),
        sample("tracee.seized"),
        sample("tracee.ready"),
        sample("frame.startFfi"),
      );
      return step(armed, sample("tracee.tracing")).timers;
    };
    expect(toTracing()).to.deep.equal([]);
    expect(toTracing(500)).to.deep.equal([{ type: "session.callTimeout", delay: 500 }]);
  });

  it("of a host is sent when it is idle, and refused otherwise", () => {
    const call = sample("session.call");
    const sent = step(hosted(), call);
    expect(sent.commands).to.deep.equal([{ type: "call", call: { ...call.call, call: 1 } }]);
    const busy = [
      at("starting"),
      at("idle"),
      sent.next,
      from(sent.next, sample("frame.startFfi")),
      hosted(eof()),
    ];
    for (const snapshot of busy) {
      const { next, commands, emitted } = step(snapshot, call);
      expect(next.value).to.equal(snapshot.value);
      expect(commands).to.deep.equal([]);
      expect(emitted).to.have.length(1);
      expect(emitted[0]).to.deep.include({ type: "refused", code: "SESSION_BUSY" });
    }
  });

  it("that has come back frees the host for the next", () => {
    for (const answer of [sample("frame.returned"), sample("frame.refused")]) {
      const answered = from(hosted(sample("session.call")), answer);
      expect(answered.context.requested).to.equal(null);
      const { commands } = step(answered, sample("session.call"));
      expect(commands).to.have.length(1);
    }
  });
});

describe("extensions", () => {
  it("are never sent to a plain client", () => {
    expect(step(at("idle"), sample("session.exit")).commands).to.deep.equal([]);
    expect(step(hosted(), sample("session.exit")).commands).to.deep.equal([{ type: "exit" }]);
  });

  it("are answered once the child has said hello", () => {
    const { commands } = step(at("idle"), sample("frame.hello"));
    expect(commands).to.deep.equal([
      { type: "hello", features: ["marked-signals", "heap", "host"], marked: true },
    ]);
  });
});

describe("the start", () => {
  it("has a timer from the beginning, 10 s unless told", () => {
    const delayOf = (startTimeout?: number) => {
      const input = startTimeout === undefined ? INPUT : { ...INPUT, startTimeout };
      const [, actions] = initialTransition(sessionMachine, input);
      const raised = actions.find(({ type }) => type === "xstate.raise");
      return (raised!.params as unknown as { readonly delay: number }).delay;
    };
    expect(delayOf()).to.equal(10_000);
    expect(delayOf(250)).to.equal(250);
  });

  it("that takes too long ends the session with a message", () => {
    for (const stage of EARLY_STAGES) {
      const end = from(at(stage), sample("session.startTimeout"), killedBy("SIGKILL"));
      expect(end.value).to.equal("failed");
      expect(end.output).to.deep.include({ retcode: 1, ready: false, violation: null });
      expect(end.output!.failure).to.deep.include({
        code: "START_TIMEOUT",
        message: "'/opt/program' has not raised its start-up SIGSTOP within 10000 ms",
      });
    }
  });

  it("that does not come about is told by what the tracer says", () => {
    expect(from(after(), sample("tracee.failed")).output).to.deep.include({
      retcode: 1,
      failure: { code: "PROGRAM_NOT_STARTED", message: "cannot start", remedy: null },
    });
  });
});

function violationIn({ context }: Snapshot): ViolationFacts | null {
  return context.violation;
}
