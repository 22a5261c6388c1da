import type { AccessBatch, Tid, TraceeAddress } from "../model/index.js";

/** Accesses in a batch: large enough that posting it costs nothing an access. */
const BATCH_LENGTH = 8192;

/** A slow engine's accesses are handed on at least this often, in ms: whoever watches sees them. */
const LONGEST_WAIT_MS = 500;

/** Rows between two looks at the clock. */
const ROWS_A_LOOK = 64;

/** Collects accesses into columns and hands full batches on: never an object or a message an access. */
export class EventBuffer {
  #batch = emptyBatch();
  #length = 0;
  #postedAt = performance.now();

  /** `post` takes the batch over; its columns are transferable. */
  constructor(readonly post: (batch: AccessBatch) => void) {}

  /** `flags`: AccessFlag bits. `size` in bytes. */
  add(address: number, size: number, ip: TraceeAddress, thread: Tid, flags: number): void {
    const row = this.#length;
    const batch = this.#batch;
    batch.address[row] = address;
    batch.size[row] = size;
    batch.ip[row] = ip;
    batch.thread[row] = thread;
    batch.flags[row] = flags;
    this.#length = row + 1;
    if (this.#length === BATCH_LENGTH) this.flush();
    else if (this.#length % ROWS_A_LOOK === 0) this.#flushIfLate();
  }

  flush(): void {
    const length = this.#length;
    this.#postedAt = performance.now();
    if (length === 0) return;
    this.#length = 0;
    if (length < BATCH_LENGTH / 2) return this.post(firstRows(this.#batch, length));
    const batch = { ...this.#batch, length };
    this.#batch = emptyBatch();
    this.post(batch);
  }

  #flushIfLate(): void {
    if (performance.now() - this.#postedAt > LONGEST_WAIT_MS) this.flush();
  }
}

/** A copy: a short batch takes no more memory than its rows. */
function firstRows(batch: Omit<AccessBatch, "length">, length: number): AccessBatch {
  return {
    length,
    address: batch.address.slice(0, length),
    size: batch.size.slice(0, length),
    ip: batch.ip.slice(0, length),
    thread: batch.thread.slice(0, length),
    flags: batch.flags.slice(0, length),
  };
}

function emptyBatch(): Omit<AccessBatch, "length"> {
  return {
    address: new Float64Array(BATCH_LENGTH),
    size: new Float64Array(BATCH_LENGTH),
    ip: new Float64Array(BATCH_LENGTH),
    thread: new Int32Array(BATCH_LENGTH),
    flags: new Uint8Array(BATCH_LENGTH),
  };
}

/** The buffers of `batch`, for a transfer list. */
export function transferables(batch: AccessBatch): ArrayBufferLike[] {
  const { address, size, ip, thread, flags } = batch;
  return [address, size, ip, thread, flags].map((column) => column.buffer);
}
