import type { FragmentEngine } from "../fragments/run/fragment-engine.js";
import type { ProtectedRange } from "../guard/guard.js";
import type { GuardedMemory } from "../guard/guarded-memory.js";
import {
  changesCode,
  closesMemory,
  movesMapping,
  replacesMapping,
} from "../kernel/mapping-changes.js";
import { behindReentry } from "../kernel/reentry.js";
import type { MappingHooks } from "../kernel/watch.js";
import type { TraceeAddress } from "../model/index.js";
import type { SyscallEntry } from "../native/ptrace/ptrace.js";
import type { ThreadSync } from "../threads/thread-sync.js";
import type { Thread } from "../threads/thread-table.js";

/** What the program's system calls on mappings mean for guarded pages and for translated code. */
export class MappingObserver implements MappingHooks {
  constructor(
    readonly memory: GuardedMemory,
    readonly sync: ThreadSync,
    /** Null where there is no translated code. */
    readonly fragments: FragmentEngine | null,
  ) {}

  /** A call is about to change mappings: what it is about has to be in its place. */
  changing(thread: Thread, { number, args }: SyscallEntry): void {
    const [start, length] = args as [number, number];
    const moved = movesMapping(number!) ? this.#foreignRanges(start, length) : [];
    const isElsewhere =
      this.memory.views.keeps(start, start + length) && !closesMemory(number!, args);
    if (!isElsewhere && moved.length === 0) return;
    const frozen = this.sync.stopOthers(thread);
    if (isElsewhere) this.fragments?.stayInPlace();
    behindReentry(this.memory.code, thread.tid, number!, () => {
      if (isElsewhere) this.memory.views.giveBack(thread.tid);
      this.memory.protector.open(thread.tid, moved); // what it allows goes with it
    });
    this.sync.thaw(frozen);
  }

  /** The program has changed mappings: code that was translated may be another now. */
  changed(thread: Thread, { number, args }: SyscallEntry): void {
    const { fragments } = this;
    if (number === null) return;
    const [start, length] = args as [number, number];
    const still = movesMapping(number) ? this.#foreignRanges(start, length) : [];
    if (still.length > 0) {
      this.memory.code.borrow(thread.tid, () => this.memory.protector.close(thread.tid, still));
    }
    if (!fragments) return;
    if (changesCode(number, args)) fragments.mappingsChanged();
    if (!replacesMapping(number, args) || !fragments.covers(start, start + length)) return;
    const frozen = this.sync.stopOthers(thread);
    fragments.clear();
    this.sync.thaw(frozen);
  }

  /** What of a plain client's guarded pages lies there. */
  #foreignRanges(start: number, length: number): ProtectedRange[] {
    const end = (start + length) as TraceeAddress;
    const ranges = this.memory.guard.rangesToOpen(start as TraceeAddress, end);
    return ranges.filter((range) => this.memory.guard.foreignProtection(range.start) !== null);
  }
}
