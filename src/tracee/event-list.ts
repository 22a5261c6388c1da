import { EVENT_COLUMNS, type MemEvent } from "../ipc/index.js";
import { AccessFlag } from "../model/index.js";
import { mapBytes } from "../native/shared-columns.js";

/**
 * Every access of a call to the traced heap, in order: as columns, of which row `i` is one access, and
 * as objects for those who iterate. Ten million are 170 MB as columns, and would be 1 GB of objects.
 *
 * @example
 * const written = events.size.filter((_, i) => events.flags[i] & EventFlag.WRITE);
 */
export class EventList implements Iterable<MemEvent> {
  /** How many there are. */
  readonly length: number;

  constructor(
    /** The lowest byte of each. */
    readonly address: Float64Array,
    /** In bytes. */
    readonly size: Float64Array,
    /** {@link EventFlag} bits. */
    readonly flags: Uint8Array,
  ) {
    this.length = flags.length;
  }

  /** Those of a message. */
  static of(events: readonly MemEvent[]): EventList {
    const flagsOf = ({ kind, certain }: MemEvent) =>
      (kind === "write" ? EventFlag.WRITE : 0) | (certain ? 0 : EventFlag.UNCERTAIN);
    return new EventList(
      Float64Array.from(events, ({ address }) => Number(address)),
      Float64Array.from(events, ({ size }) => Number(size)),
      Uint8Array.from(events, flagsOf),
    );
  }

  /** The `count` events in an event memory, without a copy. `fd` may be closed afterwards. */
  static in(fd: number, count: number): EventList {
    const { address, size, flags } = EVENT_COLUMNS;
    const numbers = (at: number) =>
      new Float64Array(mapBytes(fd, at, count * Float64Array.BYTES_PER_ELEMENT));
    return new EventList(
      numbers(address),
      numbers(size),
      new Uint8Array(mapBytes(fd, flags, count)),
    );
  }

  /** Event `i`, from the end where it is negative; undefined where there is none. */
  at(i: number): MemEvent | undefined {
    const row = i < 0 ? this.length + i : i;
    return row >= 0 && row < this.length ? this.#row(row) : undefined;
  }

  *[Symbol.iterator](): Generator<MemEvent> {
    for (let row = 0; row < this.length; row++) yield this.#row(row);
  }

  /** As of an array; and so are the three that follow. */
  map<T>(to: (event: MemEvent, i: number) => T): T[] {
    const mapped: T[] = [];
    for (const event of this) mapped.push(to(event, mapped.length));
    return mapped;
  }

  filter(test: (event: MemEvent) => boolean): MemEvent[] {
    const found: MemEvent[] = [];
    for (const event of this) if (test(event)) found.push(event);
    return found;
  }

  find(test: (event: MemEvent) => boolean): MemEvent | undefined {
    for (const event of this) if (test(event)) return event;
    return undefined;
  }

  some(test: (event: MemEvent) => boolean): boolean {
    return this.find(test) !== undefined;
  }

  /** All of them as objects. */
  toJSON(): MemEvent[] {
    return [...this];
  }

  #row(row: number): MemEvent {
    const flags = this.flags[row]!;
    return {
      kind: flags & EventFlag.WRITE ? "write" : "read",
      address: this.address[row]!,
      size: this.size[row]!,
      certain: (flags & EventFlag.UNCERTAIN) === 0,
    };
  }
}

/** The bits of `EventList.flags`. A read has no WRITE. KERNEL: a system call made it. */
export const EventFlag = {
  WRITE: AccessFlag.WRITE,
  UNCERTAIN: AccessFlag.UNCERTAIN,
  KERNEL: AccessFlag.KERNEL,
} as const;
