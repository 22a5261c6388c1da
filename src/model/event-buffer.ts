import { type AccessBatch, EntryArgumentList, type Tid, type TraceeAddress } from "./index.js";

/** Accesses in a batch: large enough that posting it costs nothing an access. */
export const BATCH_LENGTH = 32_768;

/** A slow engine's accesses are handed on at least this often, in ms: whoever watches sees them. */
const LONGEST_WAIT_MS = 500;

/** Three numbers of 8 bytes, one of 4, one of 1. */
const ROW_SIZE = 29;

/** Rows between two looks at the clock. */
const ROWS_A_LOOK = 256;

export type AccessColumns = Omit<AccessBatch, "length" | "entered">;

/** Collects accesses into columns and hands full batches on: never an object or a message an access. */
export class EventBuffer {
  #batch = emptyBatch();
  #length = 0;
  #postedAt = performance.now();
  readonly #entered = new EntryArgumentList();

  /**
   * `post` takes the batch over; its columns are transferable. `used`: the memory of one whose receiver
   * is done with it; null where there is none.
   */
  constructor(
    readonly post: (batch: AccessBatch) => void,
    readonly used: () => ArrayBuffer | null = () => null,
  ) {}

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
    if ((row + 1) % ROWS_A_LOOK === 0) this.#look();
  }

  /** A function was entered with these arguments; null for one that is not known. */
  entered(entry: TraceeAddress, thread: Tid, values: readonly (bigint | null)[]): void {
    this.#entered.add(this.#length, entry, thread, values);
  }

  /**
   * The first row of {@link columns} that is free, with room for `rows` there. What is written from it on
   * counts once it is {@link added}.
   */
  reserve(rows: number): number {
    if (this.#length + rows > BATCH_LENGTH) this.flush();
    return this.#length;
  }

  /** They are others after {@link reserve} and {@link added}. */
  get columns(): AccessColumns {
    return this.#batch;
  }

  added(rows: number): void {
    const before = this.#length;
    this.#length += rows;
    if (Math.floor(this.#length / ROWS_A_LOOK) > Math.floor(before / ROWS_A_LOOK)) this.#look();
  }

  #look(): void {
    if (this.#length === BATCH_LENGTH) this.flush();
    else this.#flushIfLate();
  }

  flush(): void {
    const length = this.#length;
    this.#postedAt = performance.now();
    if (length === 0) return;
    this.#length = 0;
    const entered = this.#entered.take();
    if (length < BATCH_LENGTH / 2) return this.post({ ...firstRows(this.#batch, length), entered });
    const batch = { ...this.#batch, length, entered };
    this.#batch = columnsIn(this.used() ?? newMemory(BATCH_LENGTH), BATCH_LENGTH);
    this.post(batch);
  }

  #flushIfLate(): void {
    if (performance.now() - this.#postedAt > LONGEST_WAIT_MS) this.flush();
  }
}

/** A copy: a short batch takes no more memory than its rows. */
function firstRows(batch: AccessColumns, length: number): AccessBatch {
  const rows = emptyBatch(length);
  rows.address.set(batch.address.subarray(0, length));
  rows.size.set(batch.size.subarray(0, length));
  rows.ip.set(batch.ip.subarray(0, length));
  rows.thread.set(batch.thread.subarray(0, length));
  rows.flags.set(batch.flags.subarray(0, length));
  return { ...rows, length };
}

function emptyBatch(rows = BATCH_LENGTH): AccessColumns {
  return columnsIn(newMemory(rows), rows);
}

/** Without zeros: what is read has been written. */
function newMemory(rows: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(rows * ROW_SIZE).buffer;
}

/** All columns in one piece of memory, the widest first: it is transferred as one. */
function columnsIn(memory: ArrayBuffer, rows: number): AccessColumns {
  const f64 = Float64Array.BYTES_PER_ELEMENT;
  return {
    address: new Float64Array(memory, 0, rows),
    size: new Float64Array(memory, rows * f64, rows),
    ip: new Float64Array(memory, rows * 2 * f64, rows),
    thread: new Int32Array(memory, rows * 3 * f64, rows),
    flags: new Uint8Array(memory, rows * (3 * f64 + Int32Array.BYTES_PER_ELEMENT), rows),
  };
}

/** The memory of `batch`, for a transfer list. */
export function transferables({ address }: AccessBatch): ArrayBufferLike[] {
  return [address.buffer];
}
