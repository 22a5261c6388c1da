import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { expect } from "chai";
import type { SessionEvent } from "ffiscope/machines";
import { CallDelivery } from "../../dist/machines/delivery/call-delivery.js";
import { LeaseGranter } from "../../dist/machines/link/lease-granter.js";
import { TraceeLink } from "../../dist/machines/link/tracee-link.js";
import { type AccessBatch, AccessFlag, type Pid } from "../../dist/model/index.js";
import { openSocketPair } from "../../dist/native/files.js";
import { openPidfd } from "../../dist/native/pidfd.js";

/** Before the payload of every frame, in bytes. */
const FRAME_HEADER = 4;
/** `91 dd` and a count, in bytes. */
const LIST_HEADER = 6;
/** Of a write of up to 127 bytes beyond 4 GiB, in bytes. */
const WRITE = 20;

describe("the link to a tracee", () => {
  let link: TraceeLink;
  let tracer: MessagePort;
  let events: SessionEvent[];
  let given: ArrayBuffer[];
  let heard: number;
  const told = new EventEmitter();
  const ports: MessagePort[] = [];
  const linkTo = (emit: (event: SessionEvent) => void, delivery = new CallDelivery()) => {
    const { port1, port2 } = new MessageChannel();
    tracer = port2;
    ports.push(port2);
    const running = {
      port: port1,
      leaser: new LeaseGranter(),
      heard: () => heard++,
      taken() {},
      answered() {},
      begun() {},
      giveUp() {},
      giveBack: (memory: ArrayBuffer) => given.push(memory),
      done: new Promise<void>(() => {}),
    };
    return new TraceeLink(running, emit, delivery);
  };
  beforeEach(() => {
    events = [];
    given = [];
    heard = 0;
    link = linkTo((event) => {
      events.push(event);
      told.emit(event.type);
    });
  });
  afterEach(() => {
    link.lost({ code: "TRACER_LOST", message: "the test is over", remedy: null });
    for (const port of ports.splice(0)) port.close();
  });

  it("refuses MemEvents that no frame can hold, as soon as there are so many: none are sent cut", () => {
    const room = LIST_HEADER + 100_000 * WRITE;
    const tight = linkTo((event) => events.push(event), new CallDelivery(room));
    tight.command({ type: "keep", batch: writes(100_000) });
    expect(events).to.deep.equal([]);
    tight.command({ type: "keep", batch: writes(1) });
    expect(events).to.have.length(1);
    expect(events[0]).to.deep.include({ type: "tracee.failed", code: "FRAME_TOO_LARGE" });
    tight.lost({ code: "TRACER_LOST", message: "the test is over", remedy: null });
  });

  it("hears each report that the tracer waits for, also where it cannot be answered", async () => {
    const child = spawn("sleep", ["infinity"]);
    const ended = once(child, "exit");
    const [ours, theirs] = openSocketPair();
    const pidfd = openPidfd(child.pid as Pid);
    // No folder of /proc: what the link asks of it fails with ENOTDIR.
    tracer.postMessage({ type: "spawned", pid: "self/stat", pidfd, channel: ours });
    tracer.postMessage({ type: "seized" });
    tracer.postMessage([{ type: "ready" }, { type: "exited", code: null, signal: "SIGKILL" }]);
    await once(told, "tracee.failed");
    expect(heard).to.equal(1);
    expect(events.at(-1)).to.deep.include({ code: "SYSTEM_CALL_FAILED" });
    await ended; // it has been killed
    closeSync(theirs);
  });

  it("sends all of its MemEvents to a child that says no more itself", async () => {
    const child = spawn("sleep", ["infinity"]);
    const ended = once(child, "exit");
    const [ours, theirs] = openSocketPair();
    const pidfd = openPidfd(child.pid as Pid);
    tracer.postMessage({ type: "spawned", pid: child.pid, pidfd, channel: ours });
    await once(told, "tracee.spawned");

    const peer = new Socket({ fd: theirs, allowHalfOpen: true });
    peer.end();
    await once(told, "channel.eof");
    for (let i = 0; i < 20; i++) link.command({ type: "keep", batch: writes(50_000) });
    link.command({ type: "deliver" });
    let missing = FRAME_HEADER + LIST_HEADER + 20 * 50_000 * WRITE;
    for await (const chunk of peer) {
      missing -= (chunk as Buffer).length;
      if (missing <= 0) break;
    }
    expect(missing).to.equal(0);
    expect(events.at(-1)).to.deep.equal({ type: "channel.delivered" });

    child.kill("SIGKILL");
    await ended;
    tracer.postMessage({ type: "exited", code: null, signal: "SIGKILL" });
    await once(told, "tracee.exited");
  });

  it("gives the tracer the memory of long batches back that nobody keeps, while a call runs", async () => {
    const batches = [100_000, 10, 100_000, 100_000].map(writes);
    const memory = batches.map(({ address }) => address.buffer);
    const [kept, short, long, late] = batches;
    const record = { maxEvents: 100_000, judged: null };
    link.command({ type: "arm", call: 1, ranges: [], record, thenLease: null });
    tracer.postMessage({ type: "tracing", call: 1, tid: 4711, maps: "" });
    await once(told, "tracee.tracing");
    for (const batch of [kept, short, long]) {
      tracer.postMessage({ type: "accesses", batch });
      await once(told, "tracee.accesses");
    }
    expect(given).to.deep.equal([]); // whoever handles the last may still do so
    await nextTurn();
    expect(given).to.deep.equal([memory[2]]);
    tracer.postMessage({ type: "callEnded" });
    await once(told, "tracee.callEnded");
    tracer.postMessage({ type: "accesses", batch: late });
    await once(told, "tracee.accesses");
    await nextTurn();
    expect(given).to.have.length(1);
  });

  it("tells of a tracer whose thread is lost", () => {
    link.lost({
      code: "TRACER_LOST",
      message: "the tracer's thread ended: out of memory",
      remedy: null,
    });
    expect(events).to.deep.equal([
      {
        type: "tracee.failed",
        code: "TRACER_LOST",
        message: "the tracer's thread ended: out of memory",
        remedy: null,
      },
    ]);
  });
});

/** `rows` writes of 8 bytes. */
function writes(rows: number): AccessBatch {
  return {
    length: rows,
    address: new Float64Array(rows).fill(0x7f0000001000),
    size: new Float64Array(rows).fill(8),
    ip: new Float64Array(rows),
    thread: new Int32Array(rows),
    flags: new Uint8Array(rows).fill(AccessFlag.WRITE),
  };
}
