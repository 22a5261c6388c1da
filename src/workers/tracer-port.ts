import { receiveMessageOnPort } from "node:worker_threads";
import { transferables } from "../engine/event-buffer.js";
import type { AccessBatch } from "../model/index.js";
import type { MessagePortLike, TracerCommand, TracerReport } from "./messages.js";

/** Batches on their way to main, at most: of 8,192 accesses each, 15 MB. */
const MAX_IN_FLIGHT = 24;

/** The tracer's end of the line to its session. */
export class TracerPort {
  #awaited = 0;
  #batches = 0;

  constructor(
    readonly port: MessagePortLike,
    private readonly heard: Int32Array<SharedArrayBuffer>,
    private readonly taken: Int32Array<SharedArrayBuffer>,
  ) {}

  post(report: TracerReport): void {
    this.port.postMessage(report);
  }

  /** Posts `report`, and returns once the session has handled it. The tracee stays as it is. */
  postAndWait(report: TracerReport): void {
    this.post(report);
    this.#awaited++;
    waitFor(this.heard, this.#awaited);
  }

  postAccesses(batch: AccessBatch): void {
    this.port.postMessage({ type: "accesses", batch }, transferables(batch) as ArrayBuffer[]);
    this.#batches++;
    waitFor(this.taken, this.#batches - MAX_IN_FLIGHT);
  }

  /** What the session has posted since the last look. */
  *commands(): Generator<TracerCommand> {
    for (;;) {
      const received = receiveMessageOnPort(this.port);
      if (received === undefined) return;
      yield received.message as TracerCommand;
    }
  }
}

/** Sleeps until `counter` has come to `count`. */
function waitFor(counter: Int32Array<SharedArrayBuffer>, count: number): void {
  for (;;) {
    const reached = Atomics.load(counter, 0);
    if (reached >= count) return;
    Atomics.wait(counter, 0, reached);
  }
}
