import type { FragmentEngine } from "../fragments/run/fragment-engine.js";
import type { GuardedMemory } from "../guard/guarded-memory.js";
import { holesIn } from "../guard/holes.js";
import type { ProtectedRange } from "../guard/protected-range.js";
import { closesMemory, type MappingChange } from "../kernel/mapping-changes.js";
import { behindReentry } from "../kernel/reentry.js";
import { runMappingCall } from "../kernel/run-mapping-call.js";
import type { MappingCalls } from "../kernel/watch.js";
import type { AddressRange } from "../model/index.js";
import { ENOMEM } from "../native/errno.js";
import type { SyscallEntry } from "../native/ptrace/ptrace.js";
import type { ThreadSync } from "../threads/thread-sync.js";
import type { Thread } from "../threads/thread-table.js";

/**
 * Runs the program's system calls that change mappings, and keeps guarded pages, views and
 * translated code in step with them.
 */
export class MappingObserver implements MappingCalls {
  constructor(
    readonly memory: GuardedMemory,
    readonly sync: ThreadSync,
    /** Null where there is no translated code. */
    readonly fragments: FragmentEngine | null,
  ) {}

  /** Runs a call of `thread`, which is at its entry stop, to its exit stop. */
  run(thread: Thread, entry: SyscallEntry, change: MappingChange): void {
    const { tid } = thread;
    const { code, protector } = this.memory;
    code.mappings.changes++;
    const isInTheWay = this.#isInTheWay(change);
    const staysClosed = this.#isInHeap(change);
    const opened = staysClosed ? [] : this.#toOpen(change);
    const changesCode = this.#changesCode(change);
    // Others' logs are read before the memory they are about is no longer guarded.
    const replacesGuarded = change.protection === null && this.#touches(change.acts);
    const isAlone = isInTheWay || opened.length > 0 || changesCode || replacesGuarded;
    const frozen = isAlone ? this.sync.stopOthers(thread) : [];
    if (isInTheWay) this.fragments?.stayInPlace();
    if (isInTheWay || opened.length > 0) {
      behindReentry(code, tid, entry.number!, () => {
        if (isInTheWay) protector.giveBackForSyscall(tid);
        if (opened.length > 0) protector.openForSyscall(tid, opened);
      });
    }
    const result = runMappingCall(code, tid, staysClosed);
    this.#ended(thread, change, result);
    if (opened.length > 0) code.borrow(tid, () => protector.closeAfterSyscall(tid, tid));
    if (change.makesCode) this.fragments?.mappingsChanged();
    if (changesCode) this.fragments!.clear();
    this.sync.thaw(frozen);
  }

  /** A view has to go back: the call acts on its memory, or may put a mapping where it lies. */
  #isInTheWay(change: MappingChange): boolean {
    const { views } = this.memory;
    if (change.puts.some(({ start, end }) => views.lieIn(start, end))) return true;
    return !closesMemory(change) && change.acts.some(({ start, end }) => views.keeps(start, end));
  }

  /** It sets the protection of memory in a heap of our own, which stays guarded. */
  #isInHeap({ acts: [range], protection }: MappingChange): boolean {
    if (protection === null || !range) return false;
    const { start, end } = range;
    return this.memory.guard.heaps.some(
      ({ guarded, size }) => start >= guarded && end <= guarded + size,
    );
  }

  /** The guarded memory to open for the call. What is still there afterwards is closed again. */
  #toOpen({ acts, asProgramHasIt, protection }: MappingChange): ProtectedRange[] {
    const { guard } = this.memory;
    const ranges = acts.flatMap(({ start, end }) => guard.rangesToOpen(start, end));
    if (asProgramHasIt) return ranges;
    // mprotect(2) of more than a heap of our own would open that: closing it again undoes this.
    return protection === null ? [] : ranges.filter(({ start }) => guard.heapAt(start));
  }

  /** Some code that was translated may change. */
  #changesCode({ acts }: MappingChange): boolean {
    return acts.some(({ start, end }) => this.fragments?.covers(start, end) ?? false);
  }

  #touches(ranges: readonly AddressRange[]): boolean {
    return ranges.some(({ start, end }) => this.memory.guard.touches(start, end));
  }

  #ended(thread: Thread, change: MappingChange, result: number): void {
    if (change.protection !== null) return this.#protected(thread, change, result);
    const replaced = result < 0 ? [] : change.replaced(result);
    if (!this.#touches(replaced)) return;
    const { code, protector } = this.memory;
    code.borrow(thread.tid, () => {
      for (const { start, end } of replaced) protector.replaced(thread.tid, start, end);
    });
  }

  /** mprotect(2) that fails with ENOMEM has changed the pages before the first unmapped one. */
  #protected({ tid }: Thread, { acts, protection }: MappingChange, result: number): void {
    const { code, guard, protector } = this.memory;
    if (result < 0 && result !== -ENOMEM) return;
    for (const { start, end } of acts) {
      if (result < 0) code.mappings.renew(tid);
      const hole = result < 0 ? holesIn(code.mappings, start, end)[0] : undefined;
      const done = hole?.start ?? end;
      if (done <= start) continue;
      guard.clientProtected(start, done, protection!);
      if (!guard.heaps.some(({ guarded, size }) => start < guarded + size && done > guarded))
        continue;
      code.borrow(tid, () => protector.heapProtected(tid, start, done, protection!));
    }
  }
}
