import { writeSync } from "node:fs";
import {
  EVENT_COLUMNS,
  encodeSupervisorMessage,
  FRAME_LIMIT,
  frame,
  SHARED_EVENTS_FROM,
} from "../../ipc/index.js";
import { type AccessBatch, AccessFlag, FfiscopeError } from "../../model/index.js";
import { EventSpool } from "./event-spool.js";

/** What a call's events are collected in, and sent from. */
export interface EventStore {
  add(batch: AccessBatch): void;
  /** What the child is sent, in chunks that are the reader's to keep. */
  frame(): Iterable<Uint8Array>;
  close(): void;
  /** The child's memory holds them: it is used up. */
  readonly used: boolean;
}

/**
 * A call's events in memory of the child's, written while the call runs: when it is over they are
 * there. A call with few has them as MemEvents.
 */
export class SharedEvents implements EventStore {
  readonly #spool = new EventSpool(FRAME_LIMIT);
  /** Those of a call that has few so far. */
  readonly #few: AccessBatch[] = [];
  #fewRows = 0;
  /** Rows in the memory. */
  #count = 0;

  /** `fd`: the memory, open for writing. It stays its owner's to close. */
  constructor(readonly fd: number) {}

  /** The memory has been written to. */
  get used(): boolean {
    return this.#count > 0;
  }

  /** Throws FfiscopeError EVENT_MEMORY_FULL where the memory takes no more. */
  add(batch: AccessBatch): void {
    const known = withoutUnknown(batch);
    if (this.#count === 0 && this.#fewRows + known.length < SHARED_EVENTS_FROM) {
      this.#few.push(known);
      this.#fewRows += known.length;
      return;
    }
    for (const early of this.#few.splice(0)) this.#write(early);
    this.#write(known);
  }

  frame(): Iterable<Uint8Array> {
    if (this.#count > 0) {
      return [frame(encodeSupervisorMessage({ type: "SharedEvents", count: this.#count }))];
    }
    for (const batch of this.#few) this.#spool.add(batch);
    return this.#spool.frame();
  }

  close(): void {
    this.#few.length = 0;
    this.#spool.close();
  }

  #write({ length, address, size, flags }: AccessBatch): void {
    const at = this.#count;
    this.#column(
      EVENT_COLUMNS.address + at * address.BYTES_PER_ELEMENT,
      address.subarray(0, length),
    );
    this.#column(EVENT_COLUMNS.size + at * size.BYTES_PER_ELEMENT, size.subarray(0, length));
    this.#column(EVENT_COLUMNS.flags + at, flags.subarray(0, length));
    this.#count += length;
  }

  #column(at: number, rows: Float64Array | Uint8Array): void {
    const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.fd, bytes, done, bytes.length - done, at + done);
      }
    } catch (cause) {
      throw new FfiscopeError({
        code: "EVENT_MEMORY_FULL",
        message: `the events of a call do not fit the child's memory: ${(cause as Error).message}`,
        remedy: "Give the child more memory: an event takes 17 bytes",
        cause,
      });
    }
  }
}

/** The rows that a child can be told of: mostly all of them, as they are. */
function withoutUnknown(batch: AccessBatch): AccessBatch {
  const { length, flags } = batch;
  if (!flags.subarray(0, length).some((flag) => flag & AccessFlag.UNKNOWN)) return batch;
  const rows = Array.from({ length }, (_, row) => row);
  const known = rows.filter((row) => !(flags[row]! & AccessFlag.UNKNOWN));
  return {
    length: known.length,
    address: Float64Array.from(known, (row) => batch.address[row]!),
    size: Float64Array.from(known, (row) => batch.size[row]!),
    ip: Float64Array.from(known, (row) => batch.ip[row]!),
    thread: Int32Array.from(known, (row) => batch.thread[row]!),
    flags: Uint8Array.from(known, (row) => flags[row]!),
  };
}
