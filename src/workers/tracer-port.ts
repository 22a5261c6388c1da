import { receiveMessageOnPort } from "node:worker_threads";
import { transferables } from "../engine/event-buffer.js";
import type { AccessBatch } from "../model/index.js";
import type { MessagePortLike, TracerCommand, TracerReport } from "./messages.js";

/** The tracer's end of the line to its session. */
export class TracerPort {
  #awaited = 0;

  constructor(
    readonly port: MessagePortLike,
    private readonly heard: Int32Array<SharedArrayBuffer>,
  ) {}

  post(report: TracerReport): void {
    this.port.postMessage(report);
  }

  /** Posts `report`, and returns once the session has handled it. The tracee stays as it is. */
  postAndWait(report: TracerReport): void {
    this.post(report);
    this.#awaited++;
    for (;;) {
      const heard = Atomics.load(this.heard, 0);
      if (heard === this.#awaited) return;
      Atomics.wait(this.heard, 0, heard);
    }
  }

  postAccesses(batch: AccessBatch): void {
    this.port.postMessage({ type: "accesses", batch }, transferables(batch) as ArrayBuffer[]);
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
