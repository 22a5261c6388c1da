import type { Access, HeapBuffer } from "../model/index.js";
import type { CountedCall, TextAt } from "./counted-functions.js";

/**
 * A read past the end of a buffer whose contents at that moment are not known, for the call had written
 * there: how far it had to read is decided once they are.
 */
export interface UndecidedRead {
  readonly call: CountedCall;
  /** In the buffer: what `call` read from. */
  readonly pointer: bigint;
  /** The bytes past the buffer, by address. */
  readonly start: number;
  readonly end: number;
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
  /** Where the offending bytes end, by address. */
  readonly end: number;
}

/**
 * Reads to be decided at the end of a call: then the memory holds what it held at the read, unless the
 * call has written since. Of a read that was written over nothing is said.
 */
export class UndecidedReads {
  readonly #kept = new Map<string, Kept>();

  add(read: UndecidedRead, kept: Omit<Kept, "read" | "count">): void {
    const { access, owner, writes } = kept;
    const key = [access.ip, owner.address, read.pointer, read.start, read.end].join();
    const known = this.#kept.get(key);
    if (known?.writes === writes) known.count++;
    else this.#kept.set(key, { ...kept, read, count: 1 });
  }

  /** Those that were out of bounds. `writesTo`: writes to what a call reads from, up to now. */
  decide(writesTo: (call: CountedCall) => number, textAt: TextAt): DecidedRead[] {
    const found: DecidedRead[] = [];
    for (const kept of this.#kept.values()) {
      if (kept.writes !== writesTo(kept.read.call)) continue;
      const needed = kept.read.call.needed(kept.read.pointer, textAt);
      if (needed === null) continue;
      const end = Math.min(kept.read.end, Number(kept.read.pointer) + needed);
      if (end > kept.read.start) found.push({ ...kept, end });
    }
    this.#kept.clear();
    return found;
  }
}
