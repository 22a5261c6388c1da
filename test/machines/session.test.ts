import { expect } from "chai";
import { type SessionEmitted, type SessionEvent, sessionMachine } from "ffiscope/machines";
import { initialTransition, transition } from "xstate";
import { eof, exited, exiting, killedBy, signal } from "./walk/events.js";
import { after, from, INPUT, type Snapshot } from "./walk/paths.js";
import { ACCESSES, BATCH, sample } from "./walk/samples.js";
import { at, EARLY_STAGES, hosted, READY_STAGES, STAGES } from "./walk/stages.js";
import { step } from "./walk/step.js";

describe("the start", () => {
  it("has a timer once the program is there, 10 s unless told: no sooner", () => {
    const delayOf = (startTimeout?: number) => {
      const input = startTimeout === undefined ? INPUT : { ...INPUT, startTimeout };
      const [waiting, before] = initialTransition(sessionMachine, input);
      expect(before.map(({ type }) => type)).not.to.include("xstate.raise");
      const [, actions] = transition(sessionMachine, waiting, sample("tracee.spawned"));
      const raised = actions.find(({ type }) => type === "xstate.raise");
      return (raised!.params as unknown as { readonly delay: number }).delay;
    };
    expect(delayOf()).to.equal(10_000);
    expect(delayOf(250)).to.equal(250);
  });

  it("that takes too long ends the session with a message", () => {
    for (const stage of EARLY_STAGES) {
      const end = from(at(stage), sample("session.startTimeout"), killedBy("SIGKILL"));
      expect(end.value.lifecycle).to.equal("failed");
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

describe("a call", () => {
  it("arms the tracer, and the call is the session's next", () => {
    const ranges = [{ start: 0x1000, end: 0x3000, protection: 3 }];
    const { next, commands } = step(at("idle"), { type: "frame.startFfi", ranges });
    const thenLease = { call: 2, extensions: false };
    const record = { maxEvents: 10_000_000, judged: null };
    expect(commands).to.deep.equal([{ type: "arm", call: 1, ranges, record, thenLease }]);
    expect(next.context.current).to.deep.include({ number: 1, phase: "armed" });
    const second = from(at("delivering"), sample("channel.delivered"), sample("frame.startFfi"));
    expect(second.context.current).to.deep.include({ number: 2, phase: "armed" });
  });

  it("delivers its accesses to the child, and its record to listeners", () => {
    const running = step(at("tracing"), { type: "tracee.accesses", batch: BATCH });
    expect(running.commands).to.deep.equal([{ type: "keep", batch: BATCH }]);
    const { commands, emitted } = step(running.next, sample("tracee.callEnded"));
    expect(commands).to.deep.equal([{ type: "deliver" }]);
    const [{ record }] = emitted as [Extract<SessionEmitted, { type: "call" }>];
    expect(record).to.deep.include({ call: 1, outcome: "returned", durationMs: 1.5 });
    expect(record.log.length).to.equal(1);
  });

  it("of a host is recorded by the buffers that it was given", () => {
    const { call } = sample("session.call");
    const buffers = [
      { name: "dst", arg: 0, address: 0x7f0000001000 as never, size: 8, const: false },
    ];
    const asked = { ...call, buffers };
    const snapshot = hosted({ type: "session.call", call: asked }, sample("frame.functions"));
    const [arm] = step(snapshot, sample("frame.startFfi")).commands;
    const { heap } = sample("frame.heap");
    const { functions } = sample("frame.functions");
    expect(arm).to.deep.include({
      record: { maxEvents: 10_000_000, judged: { call: asked, heap, functions } },
    });
  });

  it("of the host's delivers none: its caller has them", () => {
    const requested = hosted(sample("session.call"), sample("frame.startFfi"));
    const running = from(requested, sample("tracee.tracing"));
    expect(step(running, sample("tracee.accesses")).commands).to.deep.equal([]);
    const { commands } = step(running, sample("tracee.callEnded"));
    expect(commands).to.deep.equal([{ type: "deliver" }]);
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
      expect(next.value).to.deep.equal(snapshot.value);
      expect(commands).to.deep.equal([]);
      expect(emitted).to.have.length(1);
      expect(emitted[0]).to.deep.include({ type: "refused", code: "SESSION_BUSY" });
    }
  });

  it("is given a library to load like a call, and its answer frees the host", () => {
    const load = sample("session.load");
    const sent = step(hosted(), load);
    expect(sent.commands).to.deep.equal([{ type: "load", load: { ...load.load, call: 1 } }]);
    expect(step(sent.next, load).emitted[0]).to.deep.include({ code: "SESSION_BUSY" });
    const answered = step(sent.next, sample("frame.returned"));
    expect(answered.emitted).to.deep.equal([{ type: "returned", call: 1, result: 907060870 }]);
    expect(step(answered.next, sample("session.call")).commands).to.have.length(1);
  });

  it("has its own timeout before the session's", () => {
    const { call } = sample("session.call");
    const [start] = initialTransition(sessionMachine, { ...INPUT, timeout: 500 });
    const idle = from(
      start,
      ...[sample("tracee.spawned"), sample("tracee.seized"), sample("tracee.ready")],
      ...[sample("frame.hello"), sample("frame.heap")],
    );
    const armed = from(
      idle,
      { type: "session.call", call: { ...call, timeout: 50 } },
      sample("frame.startFfi"),
    );
    expect(step(armed, sample("tracee.tracing")).timers).to.deep.equal([
      { type: "session.callTimeout", delay: 50 },
    ]);
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

describe("the child's end", () => {
  for (const stage of STAGES) {
    const inCall = stage === "armed" || stage === "tracing";
    it(`by exit while ${stage} follows the rule of exit codes`, () => {
      const { next, emitted } = step(from(at(stage), exiting), exited(3));
      expect(next.value.lifecycle).to.equal("exited");
      expect(next.output).to.deep.include({ retcode: 3, duringCall: inCall });
      expect(emitted.at(-1)).to.deep.equal({ type: "exit", retcode: 3 });
    });

    it(`by a signal while ${stage} has no exit code`, () => {
      const { next } = step(from(at(stage), exiting), killedBy("SIGSEGV"));
      expect(next.output).to.deep.include({ retcode: 1, exitCode: null, signal: "SIGSEGV" });
    });

    it(`is waited for when the embedder kills it while ${stage}`, () => {
      const { next, commands } = step(at(stage), sample("session.kill"));
      expect(next.value.lifecycle).to.equal("stopping");
      expect(commands).to.deep.equal([{ type: "kill" }]);
      expect(from(next, killedBy("SIGKILL")).value.lifecycle).to.equal("exited");
    });
  }

  it("in a call that runs gives the call's record, with the events so far", () => {
    const running = at("tracing");
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
      const last = { ...events.at(-1)!, accesses: ACCESSES } as SessionEvent;
      const [record, ...more] = recordsOf(running, [...events.slice(0, -1), last]);
      expect(more).to.deep.equal([]);
      expect(record).to.deep.include({ call: 1, ...facts });
      expect([...record!.log]).to.have.length(1);
      // One that was restored from JSON has none of it: see `brokenCall`.
      const [restored] = recordsOf(running, events);
      expect(restored).to.deep.include({ call: 1, ...facts, findings: null });
      expect([...restored!.log]).to.have.length(0);
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

describe("extensions", () => {
  it("are never sent to a plain client", () => {
    expect(step(at("idle"), sample("session.exit")).commands).to.deep.equal([]);
    expect(step(hosted(), sample("session.exit")).commands).to.deep.equal([{ type: "exit" }]);
  });

  it("are answered once the child has said hello", () => {
    const { commands } = step(at("idle"), sample("frame.hello"));
    expect(commands).to.deep.equal([
      {
        type: "hello",
        features: ["marked-signals", "heap", "host", "ranges", "event-memory", "buffers"],
        marked: true,
      },
    ]);
  });
});
