import { receiveMessageOnPort } from "node:worker_threads";
import { transferables } from "../engine/event-buffer.js";
import type { AccessBatch } from "../model/index.js";
import type { MessagePortLike, TracerCommand, TracerReport } from "./messages.js";

/** The tracer's end of the line to its session. Nothing here waits. */
export class TracerPort {
  constructor(readonly port: MessagePortLike) {}

  post(report: TracerReport): void {
    this.port.postMessage(report);
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
