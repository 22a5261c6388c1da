import { Readable } from "node:stream";
import { inspect } from "node:util";
import {
  type AccessBatch,
  AccessFlag,
  type AccessKind,
  type AccessOrigin,
} from "../model/index.js";
import { type JsonEvent, kindOf } from "../report/index.js";
import { accessCounts } from "./access-counts.js";
import type { CallAccess } from "./call-access.js";
import type { EventSource } from "./event-source.js";
import type { ScopeBuffer } from "./scope-buffer.js";

/**
 * Accesses as typed arrays: row `i` of every column is one access. Addresses and offsets are numbers,
 * `flags` are bits of AccessFlag, `buffer` a position in `call.buffers`, -1 where there is none.
 */
export interface EventColumns extends AccessBatch {
  readonly buffer: Int32Array;
  readonly offset: Float64Array;
}

/** Accesses to pick: those that are like it in all that it has. */
export interface AccessMatch {
  readonly kind?: AccessKind;
  readonly origin?: AccessOrigin;
  readonly certain?: boolean;
  readonly thread?: number;
  readonly buffer?: ScopeBuffer | string;
}

/**
 * The accesses of a call that were kept, or some of them, in order. They are held as columns; an
 * object is made of each as it is asked for.
 */
export class CallEvents implements Iterable<CallAccess> {
  #columns: EventColumns | null = null;

  /** `rows`: of the source; null for all. */
  constructor(
    private readonly source: EventSource,
    private readonly rows: Uint32Array | null = null,
  ) {}

  get length(): number {
    return this.rows?.length ?? this.source.batch.length;
  }

  /** Access `i`, counted from 0; from the end where it is negative. */
  at(i: number): CallAccess | undefined {
    const index = i < 0 ? this.length + i : i;
    return index >= 0 && index < this.length ? this.source.access(this.#row(index)) : undefined;
  }

  *[Symbol.iterator](): Generator<CallAccess> {
    const { length } = this;
    for (let i = 0; i < length; i++) yield this.source.access(this.#row(i));
  }

  get columns(): EventColumns {
    this.#columns ??= this.#gather();
    return this.#columns;
  }

  /** Those that are like `match`, or that `match` holds true for. Of a long trace, the first is fast. */
  filter(match: AccessMatch | ((access: CallAccess, index: number) => boolean)): CallEvents {
    const { length } = this;
    const kept = new Uint32Array(length);
    let count = 0;
    const isKept = typeof match === "function" ? match : null;
    const isLike = isKept ? null : this.#matcher(match as AccessMatch);
    for (let i = 0; i < length; i++) {
      const row = this.#row(i);
      if (isKept ? isKept(this.source.access(row), i) : isLike!(row)) kept[count++] = row;
    }
    return new CallEvents(this.source, kept.slice(0, count));
  }

  /**
   * Those nearest to a buffer, given itself or by its name in the call; all of them by name, where
   * none is given. An access past a buffer's end is nearest to that buffer: see its offset.
   */
  byBuffer(buffer: ScopeBuffer | string): CallEvents;
  byBuffer(): Map<string, CallEvents>;
  byBuffer(buffer?: ScopeBuffer | string): CallEvents | Map<string, CallEvents> {
    if (buffer !== undefined) return this.filter({ buffer });
    const { buffers } = this.source;
    const touched = new Set(this.columns.buffer);
    const names = buffers.filter((_, i) => touched.has(i)).map(({ name }) => name);
    return new Map(names.map((name) => [name, this.filter({ buffer: name })]));
  }

  /** The accesses as a stream of objects, made at the pace at which they are read. */
  stream(): Readable {
    return Readable.from(this);
  }

  [inspect.custom](): string {
    return `CallEvents (${accessCounts(this.columns.flags)})`;
  }

  toJSON(): JsonEvent[] {
    return Array.from(this, (access) => access.toJSON());
  }

  #row(i: number): number {
    return this.rows ? this.rows[i]! : i;
  }

  #matcher({ kind, origin, certain, thread, buffer }: AccessMatch): (row: number) => boolean {
    const { batch } = this.source;
    const { flags } = batch;
    const at = buffer === undefined ? null : this.source.indexOf(buffer);
    const places = at === null ? null : this.source.places.buffer;
    return (row) => {
      const bits = flags[row]!;
      return (
        (kind === undefined || kindOf(bits) === kind) &&
        (origin === undefined || (bits & AccessFlag.KERNEL ? "kernel" : "user") === origin) &&
        (certain === undefined ||
          ((bits & (AccessFlag.UNCERTAIN | AccessFlag.UNKNOWN)) === 0) === certain) &&
        (thread === undefined || batch.thread[row] === thread) &&
        (places === null || places[row] === at)
      );
    };
  }

  #gather(): EventColumns {
    const { batch, places } = this.source;
    const { rows, length } = this;
    const pick = <A extends Float64Array | Int32Array | Uint8Array>(column: A): A => {
      if (rows === null) return column.subarray(0, length) as A;
      const picked = new (column.constructor as new (length: number) => A)(length);
      for (let i = 0; i < length; i++) picked[i] = column[rows[i]!]!;
      return picked;
    };
    return {
      length,
      address: pick(batch.address),
      size: pick(batch.size),
      ip: pick(batch.ip),
      thread: pick(batch.thread),
      flags: pick(batch.flags),
      buffer: pick(places.buffer),
      offset: pick(places.offset),
    };
  }
}
