import { writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { expect } from "chai";
import {
  type CallRecord,
  createSession,
  HOST_PROGRAM,
  type SessionEmitted,
  sessionEnd,
  sessionMachine,
} from "ffiscope/machines";
import { type AnyActorRef, createActor, type InspectionEvent } from "xstate";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { abortCall, crc32Call, loopCall, OFFSET, pauseCall, traceCrc32 } from "./support/calls.js";
import { STAGES } from "./walk/stages.js";

describe("createActor(sessionMachine, { input, inspect })", () => {
  it("traces a call, and ends with what the host exits with", async () => {
    const session = createActor(sessionMachine, { input: HOST_PROGRAM });
    const heard: SessionEmitted[] = [];
    session.on("*", (emitted) => heard.push(emitted));
    traceCrc32(session);
    const end = sessionEnd(session);
    session.start();

    expect(await end).to.deep.include({ retcode: 0, exitCode: 0, violation: null, failure: null });
    const told = heard.map(({ type }) => type).filter((type) => type !== "accesses");
    expect(told).to.deep.equal([
      ...["ready", "host", "functions", "callStarted", "call", "returned", "exit"],
    ]);
    const returned = heard.find(({ type }) => type === "returned");
    expect(returned).to.deep.equal({ type: "returned", call: 1, result: 907060870 });
    const { record } = heard.find(({ type }) => type === "call") as { record: CallRecord };
    const reads = [...record.log].map(({ kind, size }) => `${kind} ${size}`);
    expect(reads).to.deep.equal(Array(5).fill("read 1"));
    await expectNothingLeft();
  });

  it("shows its inspector the actors, events and snapshots of a traced call, in order", async () => {
    const seen: InspectionEvent[] = [];
    const session = createSession(HOST_PROGRAM, (event) => seen.push(event));
    traceCrc32(session);
    const end = sessionEnd(session);
    session.start();
    await end;

    const actors = seen.flatMap((inspected) =>
      inspected.type === "@xstate.actor" ? [(inspected.actorRef as AnyActorRef).id] : [],
    );
    expect(actors).to.deep.equal([session.id, "tracee"]);

    const events = seen.flatMap((inspected) =>
      inspected.type === "@xstate.event" && inspected.actorRef === session
        ? [inspected.event.type]
        : [],
    );
    expect(events.filter((type) => type !== "tracee.accesses")).to.deep.equal([
      ...["xstate.init", "tracee.spawned", "tracee.seized", "tracee.ready"],
      ...["frame.hello", "frame.heap", "session.call", "frame.functions", "frame.startFfi"],
      ...["tracee.tracing", "tracee.callEnded", "channel.delivered", "frame.returned"],
      ...["session.exit", "tracee.exiting", "channel.eof", "tracee.exited"],
    ]);
    expect(events).to.include("tracee.accesses");

    const states = seen.flatMap((inspected) =>
      inspected.type === "@xstate.snapshot" && inspected.actorRef === session
        ? [(inspected.snapshot as unknown as { value: { lifecycle: string } }).value.lifecycle]
        : [],
    );
    const passed = states.filter((state, at) => state !== states[at - 1]);
    expect(passed).to.deep.equal([...STAGES, "idle", "exited"]);
  });

  it("has snapshots and events that survive JSON at every stage of a call", async () => {
    const texts: string[] = [];
    const session = createSession(HOST_PROGRAM, (inspected) => {
      if (inspected.type === "@xstate.event") texts.push(JSON.stringify(inspected.event));
      if (inspected.type === "@xstate.snapshot") texts.push(JSON.stringify(inspected.snapshot));
    });
    const kept: string[] = [];
    session.subscribe((snapshot) => {
      const { value, context } = JSON.parse(JSON.stringify(snapshot)) as typeof snapshot;
      const persisted = JSON.parse(JSON.stringify(session.getPersistedSnapshot()));
      expect(persisted).to.deep.include({ value });
      expect(context).to.deep.equal(snapshot.context); // all of it is plain data
      kept.push(value.lifecycle);
    });
    traceCrc32(session);
    const end = sessionEnd(session);
    session.start();
    await end;
    expect(kept).to.include.members([...STAGES, "exited"]);
    for (const text of texts) expect(() => JSON.parse(text)).to.not.throw();
    // A batch of accesses prints as its length: a trace of millions stays small.
    expect(Math.max(...texts.map((text) => text.length))).to.be.below(1_000_000);
  });

  it("survives the crash of a call, and the next session is none the worse", async () => {
    const crashed = createSession(HOST_PROGRAM);
    crashed.on("host", () => crashed.send(abortCall));
    const record = new Promise<CallRecord>((resolve) => {
      crashed.on("call", (call) => resolve(call.record));
    });
    const end = sessionEnd(crashed);
    crashed.start();
    expect(await record).to.deep.include({ outcome: "crashed", signal: "SIGABRT" });
    expect(await end).to.deep.include({ retcode: 1, signal: "SIGABRT", duringCall: true });

    const next = createSession(HOST_PROGRAM);
    traceCrc32(next);
    const nextEnd = sessionEnd(next);
    next.start();
    expect((await nextEnd).retcode).to.equal(0);
  });

  it("makes one call after the other, and several sessions at once", async () => {
    const results = async () => {
      const session = createSession(HOST_PROGRAM);
      const returned: unknown[] = [];
      let address = 0;
      session.on("host", ({ heap }) => {
        writeSync(heap.fd, "hello", OFFSET);
        address = Number(heap.guarded) + OFFSET;
        session.send(crc32Call(address, 5));
      });
      session.on("returned", ({ result }) => {
        returned.push(result);
        if (returned.length < 3) session.send(crc32Call(address, returned.length));
        else session.send({ type: "session.exit" });
      });
      const end = sessionEnd(session);
      session.start();
      await end;
      return returned;
    };
    const crcs = ["hello", "h", "he"].map((text) => crc32(text));
    expect(await Promise.all([results(), results(), results()])).to.deep.equal([crcs, crcs, crcs]);
  });

  it("refuses a call that cannot be put on the wire, and takes the next", async () => {
    const session = createSession(HOST_PROGRAM);
    const refused = new Promise<string>((resolve) => {
      session.on("refused", ({ code }) => {
        resolve(code);
        session.send({ type: "session.exit" });
      });
    });
    session.on("host", () => {
      const call = crc32Call(-1, 5);
      session.send(call);
    });
    const end = sessionEnd(session);
    session.start();
    expect(await refused).to.equal("INTEGER_OUT_OF_RANGE");
    expect((await end).retcode).to.equal(0);
  });

  it("stopped in the middle of a call leaves no process", async function () {
    needsCompiler(this);
    for (const call of [loopCall(), pauseCall]) {
      const session = createSession(HOST_PROGRAM);
      session.on("host", () => session.send(call));
      const started = new Promise<void>((resolve) => {
        session.on("callStarted", () => resolve());
      });
      session.start();
      await started;
      session.stop();
      await expectNothingLeft();
    }
  });

  for (const stage of STAGES) {
    it(`stopped while ${stage} leaves no process`, async () => {
      const session = createSession(HOST_PROGRAM);
      traceCrc32(session);
      const stopped = new Promise<void>((resolve) => {
        session.subscribe(({ value }) => {
          if (value.lifecycle !== stage) return;
          session.stop();
          resolve();
        });
      });
      session.start();
      await stopped;
      await expectNothingLeft();
    });
  }

  it("killed in the middle of a call reports it as cancelled", async () => {
    const session = createSession(HOST_PROGRAM);
    session.on("host", () => session.send(pauseCall));
    session.on("callStarted", () => session.send({ type: "session.kill" }));
    const outcome = new Promise<string>((resolve) => {
      session.on("call", ({ record }) => resolve(record.outcome));
    });
    const end = sessionEnd(session);
    session.start();
    expect(await outcome).to.equal("cancelled");
    expect((await end).signal).to.equal("SIGKILL");
    await expectNothingLeft();
  });

  it("ends a call that takes too long at its timeout", async () => {
    const session = createSession({ ...HOST_PROGRAM, timeout: 50 });
    session.on("host", () => session.send(pauseCall));
    const outcome = new Promise<string>((resolve) => {
      session.on("call", ({ record }) => resolve(record.outcome));
    });
    const end = sessionEnd(session);
    session.start();
    expect(await outcome).to.equal("timed-out");
    expect((await end).retcode).to.equal(1);
  });

  it("says why a program cannot be started", async () => {
    const session = createSession({ command: "/nowhere/at-all" });
    const end = sessionEnd(session);
    session.start();
    const { retcode, failure } = await end;
    expect(retcode).to.equal(1);
    expect(failure).to.deep.include({ code: "PROGRAM_NOT_STARTED" });
  });
});
