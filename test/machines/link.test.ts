import { MessageChannel } from "node:worker_threads";
import { expect } from "chai";
import type { SessionEvent } from "ffiscope/machines";
import { TraceeLink } from "../../dist/machines/tracee-link.js";
import { type AccessBatch, AccessFlag } from "../../dist/model/index.js";

describe("the link to a tracee", () => {
  const events: SessionEvent[] = [];
  const { port1, port2 } = new MessageChannel();
  let link: TraceeLink;
  before(() => {
    const tracer = { port: port1, heard() {}, done: new Promise<void>(() => {}) };
    link = new TraceeLink(tracer, (event) => events.push(event));
  });
  afterEach(() => events.splice(0));
  after(() => {
    link.lost("the test is over");
    port2.close();
  });

  it("refuses MemEvents that no frame can hold: none are sent cut", () => {
    const rows = 1_000_000;
    const batch: AccessBatch = {
      length: rows,
      address: new Float64Array(rows).fill(0x7f0000001000),
      size: new Float64Array(rows).fill(8),
      ip: new Float64Array(rows),
      thread: new Int32Array(rows),
      flags: new Uint8Array(rows).fill(AccessFlag.WRITE),
    };
    // A write takes 20 bytes there.
    link.command({ type: "deliver", batches: Array(220).fill(batch) });
    expect(events).to.have.length(1);
    expect(events[0]).to.deep.include({ type: "tracee.failed", code: "FRAME_TOO_LARGE" });
  });

  it("tells of a tracer whose thread is lost", () => {
    link.lost("the tracer's thread ended: out of memory");
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
