import { type Access, type AccessBatch, AccessFlag, accessAt } from "./access.js";

/**
 * The accesses of one call in order, kept in the batches they came in: nothing is copied.
 * At most `limit` are kept, the first ones; `total` counts all.
 */
export class AccessLog implements Iterable<Access> {
  readonly batches: AccessBatch[] = [];
  /** Accesses kept. */
  length = 0;
  /** Accesses seen. */
  total = 0;

  constructor(readonly limit: number = Number.POSITIVE_INFINITY) {}

  /** Some accesses were not kept. */
  get truncated(): boolean {
    return this.total > this.length;
  }

  append(batch: AccessBatch): void {
    this.total += batch.length;
    const kept = Math.min(batch.length, this.limit - this.length);
    if (kept <= 0) return;
    this.batches.push(kept === batch.length ? batch : { ...batch, length: kept });
    this.length += kept;
  }

  /** What is appended from now on is only counted. */
  get isFull(): boolean {
    return this.length >= this.limit;
  }

  *[Symbol.iterator](): Generator<Access> {
    for (const batch of this.batches) {
      for (let row = 0; row < batch.length; row++) yield accessAt(batch, row);
    }
  }

  /** A summary: machine snapshots and inspector messages carry logs, and must stay small. */
  toJSON(): { length: number; total: number } {
    return { length: this.length, total: this.total };
  }
}

/** The accesses of a log that were not understood. */
export function countUnknown(log: AccessLog): number {
  let count = 0;
  for (const { flags, length } of log.batches) {
    for (let row = 0; row < length; row++) if (flags[row]! & AccessFlag.UNKNOWN) count++;
  }
  return count;
}
