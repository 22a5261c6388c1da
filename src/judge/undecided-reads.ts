import type { Access, HeapBuffer } from "../model/index.js";
import type { Comparison } from "./comparisons.js";
import type { ByteSpan, CountedCall } from "./counted-functions.js";

/**
 * A read past the end of a buffer of which it is not known how far it had to go: what the call has written
 * there is known when it is over, and how a comparison went on when that is.
 */
export interface UndecidedRead extends ByteSpan {
  readonly call: CountedCall;
  readonly comparison?: Comparison;
}

export function isUndecided(bytes: ByteSpan | UndecidedRead): bytes is UndecidedRead {
  return "call" in bytes;
}

/** The same read of one place: its contents have not changed in between. */
interface Kept {
  readonly read: UndecidedRead;
  readonly owner: HeapBuffer;
  readonly access: Access;
  readonly order: number;
  /** Writes to what it reads from that there were by then. */
  readonly writes: number;
  count: number;
}

/** One that turned out to be out of bounds. */
export interface DecidedRead extends Omit<Kept, "writes"> {
  /** The offending bytes, by address. */
  readonly bytes: ByteSpan;
}

/**
 * Reads to be decided at the end of a call: then the memory holds what it held at the read, unless the
 * call has written since. Of a read that was written over nothing is said.
 */
export class UndecidedReads {
  readonly #kept = new Map<string, Kept>();

  add(read: UndecidedRead, kept: Omit<Kept, "read" | "count">): void {
    const { access, owner, order, writes } = kept;
    const which = read.comparison ? order : read.call.pointers;
    const key = [access.ip, owner.address, which, read.start, read.end].join();
    const known = this.#kept.get(key);
    if (known?.writes === writes) known.count++;
    else this.#kept.set(key, { ...kept, read, count: 1 });
  }

  /** Those that were out of bounds. `writesTo`: writes to what a call reads from, up to now. */
  decide(
    writesTo: (call: CountedCall) => number,
    neededBy: (call: CountedCall, end: number) => number | null,
  ): DecidedRead[] {
    const found: DecidedRead[] = [];
    for (const kept of this.#kept.values()) {
      const { call, comparison, start, end } = kept.read;
      if (!comparison && kept.writes !== writesTo(call)) continue;
      const needed = comparison ? comparison.needed : neededBy(call, end);
      const bytes = needed === null ? null : call.among(needed, start, end);
      if (bytes) found.push({ ...kept, bytes });
    }
    this.#kept.clear();
    return found;
  }
}
