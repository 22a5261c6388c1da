import { EVENT_COLUMNS, type MemEvent } from "../ipc/index.js";
import { AccessFlag, Addressed } from "../model/index.js";
import { mapBytes } from "../native/shared-columns.js";

/** One access of a call to the traced heap. A read is always certain. */
export class TracedEvent extends Addressed<object> {
  constructor(
    readonly kind: "read" | "write",
    /** Of the lowest byte: as that of an allocation. A hex string in JSON. */
    readonly address: bigint,
    /** In bytes. */
    readonly size: number,
    readonly certain: boolean,
  ) {
    super();
  }
}

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
  at(i: number): TracedEvent | undefined {
    const row = i < 0 ? this.length + i : i;
    return row >= 0 && row < this.length ? this.#row(row) : undefined;
  }

  *[Symbol.iterator](): Generator<TracedEvent> {
    for (let row = 0; row < this.length; row++) yield this.#row(row);
  }

  /** As of an array; and so are the three that follow. */
  map<T>(to: (event: TracedEvent, i: number) => T): T[] {
    const mapped: T[] = [];
    for (const event of this) mapped.push(to(event, mapped.length));
    return mapped;
  }

  filter(test: (event: TracedEvent) => boolean): TracedEvent[] {
    const found: TracedEvent[] = [];
    for (const event of this) if (test(event)) found.push(event);
    return found;
  }

  find(test: (event: TracedEvent) => boolean): TracedEvent | undefined {
    for (const event of this) if (test(event)) return event;
    return undefined;
  }

  some(test: (event: TracedEvent) => boolean): boolean {
    return this.find(test) !== undefined;
  }

  /** All of them, with addresses as hex strings. */
  toJSON(): object[] {
    return this.map((event) => event.toJSON());
  }

  #row(row: number): TracedEvent {
    const flags = this.flags[row]!;
    const kind = flags & EventFlag.WRITE ? "write" : "read";
    const certain = (flags & EventFlag.UNCERTAIN) === 0;
    return new TracedEvent(kind, BigInt(this.address[row]!), this.size[row]!, certain);
  }
}

/** The bits of `EventList.flags`. A read has no WRITE. KERNEL: a system call made it. */
export const EventFlag = {
  WRITE: AccessFlag.WRITE,
  UNCERTAIN: AccessFlag.UNCERTAIN,
  KERNEL: AccessFlag.KERNEL,
} as const;
