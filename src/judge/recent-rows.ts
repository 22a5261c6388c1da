import type { AccessBatch } from "../model/index.js";

const EMPTY: AccessBatch = {
  length: 0,
  address: new Float64Array(),
  size: new Float64Array(),
  ip: new Float64Array(),
  thread: new Int32Array(),
  flags: new Uint8Array(),
};

/** The last rows of the batches before: for looking back from the first rows of the next. */
export class RecentRows {
  #rows = EMPTY;
  /** `#rows` with the first rows of `batch` behind them: kept while the same batch is asked about. */
  #joined: { batch: AccessBatch; rows: AccessBatch } | null = null;

  constructor(private readonly limit: number) {}

  /** The same access with the rows before it, `limit` at least if there were as many. */
  before(batch: AccessBatch, row: number): { batch: AccessBatch; row: number } {
    if (row >= this.limit || this.#rows.length === 0) return { batch, row };
    if (this.#joined?.batch !== batch) {
      const head = slice(batch, 0, 2 * this.limit);
      this.#joined = { batch, rows: concatenated(this.#rows, head) };
    }
    return { batch: this.#joined.rows, row: this.#rows.length + row };
  }

  push(batch: AccessBatch): void {
    const tail = slice(batch, Math.max(0, batch.length - this.limit), batch.length);
    const rows = tail.length < this.limit ? concatenated(this.#rows, tail) : tail;
    this.#rows = slice(rows, Math.max(0, rows.length - this.limit), rows.length);
    this.#joined = null;
  }
}

/** A copy: the columns of a batch may be transferred away. */
function slice(batch: AccessBatch, start: number, end: number): AccessBatch {
  const to = Math.min(end, batch.length);
  return {
    length: to - start,
    address: batch.address.slice(start, to),
    size: batch.size.slice(start, to),
    ip: batch.ip.slice(start, to),
    thread: batch.thread.slice(start, to),
    flags: batch.flags.slice(start, to),
  };
}

function concatenated(one: AccessBatch, other: AccessBatch): AccessBatch {
  return {
    length: one.length + other.length,
    address: Float64Array.of(...one.address, ...other.address),
    size: Float64Array.of(...one.size, ...other.size),
    ip: Float64Array.of(...one.ip, ...other.ip),
    thread: Int32Array.of(...one.thread, ...other.thread),
    flags: Uint8Array.of(...one.flags, ...other.flags),
  };
}
