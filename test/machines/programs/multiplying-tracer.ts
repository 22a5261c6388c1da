/**
 * A worker: the real tracer, whose every access is followed by as many as are wanted, made up in
 * columns as an engine's would come. What test/fixtures/clients/many.c expects of them is the rule
 * here.
 */
import { workerData } from "node:worker_threads";
import { type AccessBatch, AccessFlag } from "../../../dist/model/index.js";
import type { TracerTask } from "../../../dist/workers/tracer/messages.js";
import { Tracer } from "../../../dist/workers/tracer/tracer-loop.js";
import { TracerPort } from "../../../dist/workers/tracer/tracer-port.js";

const { task, count } = workerData as { task: TracerTask; count: number };

/** Of the heap of many.c, in words of 8 bytes. */
const WORDS = (16 * 4096) / 8;
const ROWS = 8192;

function madeUp(heap: number, first: number, length: number): AccessBatch {
  const batch = {
    length,
    address: new Float64Array(ROWS),
    size: new Float64Array(ROWS),
    ip: new Float64Array(ROWS),
    thread: new Int32Array(ROWS),
    flags: new Uint8Array(ROWS),
  };
  for (let row = 0; row < length; row++) {
    const i = first + row;
    batch.address[row] = heap + (i % WORDS) * 8;
    batch.size[row] = i % 5 === 4 ? 64 : 8;
    if (i % 3 !== 1) continue;
    batch.flags[row] = AccessFlag.WRITE | (i % 2 ? 0 : AccessFlag.UNCERTAIN);
  }
  return batch;
}

const { postAccesses } = TracerPort.prototype;
TracerPort.prototype.postAccesses = function (this: TracerPort, batch: AccessBatch) {
  const heap = batch.address[0]!;
  postAccesses.call(this, batch);
  for (let first = batch.length; first < count; first += ROWS) {
    postAccesses.call(this, madeUp(heap, first, Math.min(ROWS, count - first)));
  }
};

Atomics.store(task.begun, 0, 1);
new Tracer(task).run();
task.port.close();
task.used.close();
