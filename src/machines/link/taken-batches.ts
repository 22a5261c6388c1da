import type { AccessBatch } from "../../model/index.js";
import type { RunningTracer } from "./tracer-pool.js";

/** Of a batch's memory, in bytes: that of a short one is as soon made anew. */
const WORTH_KEEPING = 2 ** 19;

/**
 * Batches of accesses that have come from the tracer. It is told of them in the next turn of the event
 * loop: so a turn handles no more accesses than may be on their way, however fast they come.
 */
export class TakenBatches {
  /** In this turn. */
  #count = 0;
  /** Those of them that nobody keeps. */
  readonly #used: AccessBatch[] = [];
  /** More may come soon: the memory of others is of use. */
  #inCall = false;

  constructor(readonly tracer: Pick<RunningTracer, "taken" | "giveBack">) {}

  callBegins(): void {
    this.#inCall = true;
  }

  callEnded(): void {
    this.#inCall = false;
  }

  /** Nobody keeps the batch. */
  giveBack(batch: AccessBatch): void {
    if (this.#inCall) this.#used.push(batch);
  }

  take(batch: AccessBatch): void {
    summarised(batch);
    this.#count++;
    if (this.#count === 1) setImmediate(() => this.#tell());
  }

  #tell(): void {
    for (const { address } of this.#used.splice(0)) {
      if (address.buffer.byteLength < WORTH_KEEPING) continue;
      this.tracer.giveBack(address.buffer as ArrayBuffer);
    }
    this.tracer.taken(this.#count);
    this.#count = 0;
  }
}

/** Inspectors and snapshots print events: a batch prints as its length. */
function summarised(batch: AccessBatch): void {
  Object.defineProperty(batch, "toJSON", { value: () => ({ length: batch.length }) });
}
