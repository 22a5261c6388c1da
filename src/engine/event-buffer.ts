import type { AccessBatch, Tid, TraceeAddress } from "../model/index.js";

/** Accesses in a batch: large enough that posting it costs nothing an access. */
const BATCH_LENGTH = 8192;

/** Collects accesses into columns and hands full batches on: never an object or a message an access. */
export class EventBuffer {
  #batch = emptyBatch();
  #length = 0;

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
  }

  flush(): void {
    if (this.#length === 0) return;
    const batch = { ...this.#batch, length: this.#length };
    this.#batch = emptyBatch();
    this.#length = 0;
    this.post(batch);
  }
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
