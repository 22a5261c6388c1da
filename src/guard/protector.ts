import type { AddressRange, Tid } from "../model/index.js";
import { overlap, without } from "../model/ranges.js";
import { ENOMEM } from "../native/errno.js";
import { PROT_NONE, PROT_READ, PROT_WRITE } from "../native/memory/maps.js";
import type { RemoteCode } from "../native/remote/remote-code.js";
import { TraceeCallFailed } from "../native/remote/tracee-call-failed.js";
import { SYS_MPROTECT } from "../native/syscall-numbers.js";
import type { Guard } from "./guard.js";
import { holesIn } from "./holes.js";
import type { ProtectedRange } from "./protected-range.js";
import type { RunCalls, Views } from "./views.js";

type Range = Omit<ProtectedRange, "protection">;

/**
 * Opens and closes guarded memory by system calls that a borrowed thread is made to run: mprotect(2),
 * and mremap(2) where it is kept at another place while it is guarded.
 */
export class Protector {
  /** What is open for syscalls that are under way, by thread: it stays so until they are over. */
  readonly #kept = new Map<Tid, Range[]>();

  readonly #atOnce: RunCalls = (tid, calls) => this.code.syscalls(tid, calls);
  /** Without single steps: their SIGTRAP could be taken for the program's. */
  readonly #quietly: RunCalls = (tid, calls) =>
    calls.map(({ number, args }) => this.code.quietSyscall(tid, number, ...args));

  constructor(
    readonly code: RemoteCode,
    readonly guard: Guard,
    readonly views: Views,
  ) {}

  /** Some syscall under way has guarded memory open. */
  get isKeeping(): boolean {
    return this.#kept.size > 0;
  }

  /** Gives each range what it allows by itself. */
  open(tid: Tid, ranges: readonly ProtectedRange[]): void {
    this.#open(tid, ranges, this.#atOnce);
  }

  /** Makes each range inaccessible; what a syscall under way needs open is closed at its end. */
  close(tid: Tid, ranges: readonly ProtectedRange[]): void {
    const left = this.isKeeping ? ranges.filter((range) => !this.#leaveToKeeper(range)) : ranges;
    this.#close(tid, left, this.#atOnce);
  }

  /** As {@link open}, until {@link closeAfterSyscall}. */
  openForSyscall(tid: Tid, ranges: readonly ProtectedRange[]): void {
    this.#open(tid, ranges, this.#quietly);
    this.#kept.set(tid, [...(this.#kept.get(tid) ?? []), ...ranges]);
  }

  /** Closes what the syscall of thread `owner` had open, unless another needs it. Runs on `tid`. */
  closeAfterSyscall(tid: Tid, owner: Tid): void {
    const ranges = this.#kept.get(owner) ?? [];
    this.#kept.delete(owner);
    for (const { start, end } of ranges) {
      for (const range of this.guard.rangesToOpen(start, end)) {
        if (!this.#leaveToKeeper(range)) this.#close(tid, [range], this.#quietly);
      }
    }
  }

  /**
   * The program has unmapped `[start, end)`, whole pages, or put another mapping there: it is
   * guarded no more. The backdoor of a heap of ours is closed there too; otherwise accesses of
   * fragments would still succeed.
   */
  replaced(tid: Tid, start: number, end: number): void {
    this.#replaced(tid, start, end, this.#quietly);
  }

  /**
   * The program has set the protection of `[start, end)`, whole pages. What of that is in a heap of ours
   * stays guarded; its backdoor, which fragments and the kernel use, allows no more than the program.
   */
  heapProtected(tid: Tid, start: number, end: number, protection: number): void {
    const { guard } = this;
    for (const { guarded, backdoor, size } of guard.heaps) {
      const [from, to] = [Math.max(start, guarded), Math.min(end, guarded + size)];
      if (from >= to) continue;
      const range = { start: from, end: to } as AddressRange;
      guard.heapProtection.set(range, protection);
      const distance = backdoor - guarded;
      const view = { start: from + distance, end: to + distance } as AddressRange;
      const allowed = guard.heapProtection.at(from) & (PROT_READ | PROT_WRITE);
      this.#protect(tid, [{ ...view, protection: allowed }], this.#quietly);
    }
  }

  /** Puts everything back in its place: see {@link Views.giveBack}. */
  giveBackForSyscall(tid: Tid): void {
    this.views.giveBack(tid, this.#quietly);
  }

  #leaveToKeeper(range: Range): boolean {
    const keeper = this.#keeperOf(range);
    keeper?.push(range);
    return keeper !== undefined;
  }

  #keeperOf(range: Range): Range[] | undefined {
    if (this.#kept.size === 0) return undefined;
    return [...this.#kept.values()].find((ranges) => ranges.some((kept) => overlap(kept, range)));
  }

  #open(tid: Tid, ranges: readonly ProtectedRange[], run: RunCalls): void {
    const { views } = this;
    const inPlace = views.isEmpty
      ? ranges
      : ranges.flatMap((range) => views.putBack(tid, range, run));
    this.#protect(tid, inPlace, run);
  }

  #close(tid: Tid, ranges: readonly ProtectedRange[], run: RunCalls): void {
    if (!this.views.keepsAny) return this.#protect(tid, ranges, run, PROT_NONE);
    const parts = ranges.map((range) => this.views.split(range));
    const kept = parts.flatMap((part) => part.kept);
    if (kept.length > 0) this.views.take(tid, kept, run);
    const others = parts.flatMap((part) => part.others);
    this.#protect(tid, others, run, PROT_NONE);
  }

  /** `all`: one protection for all ranges; null: each range's own. */
  #protect(
    tid: Tid,
    ranges: readonly ProtectedRange[],
    run: RunCalls,
    all: number | null = null,
  ): void {
    if (ranges.length === 0) return;
    const calls = ranges.map(({ start, end, protection }) => ({
      number: SYS_MPROTECT,
      args: [start, end - start, all ?? protection],
    }));
    const results = run(tid, calls);
    for (const [i, result] of results.entries()) {
      if (result >= 0) continue;
      const left = result === -ENOMEM ? this.#withoutHoles(tid, ranges[i]!, run) : null;
      if (left === null) throw new TraceeCallFailed("mprotect", -result);
      this.#protect(tid, left, run, all);
    }
  }

  /**
   * The mapped parts of a range; null where all of it is mapped. The rest was unmapped between two
   * calls, when system calls are not watched: it is guarded no more.
   */
  #withoutHoles(tid: Tid, range: ProtectedRange, run: RunCalls): ProtectedRange[] | null {
    const { mappings } = this.code;
    mappings.renew(tid);
    const holes = holesIn(mappings, range.start, range.end);
    for (const { start, end } of holes) this.#replaced(tid, start, end, run);
    return holes.length > 0 ? without([range], holes) : null;
  }

  #replaced(tid: Tid, start: number, end: number, run: RunCalls): void {
    for (const view of this.guard.clientReplaced(start, end)) {
      this.#protect(tid, [{ ...view, protection: PROT_NONE }], run);
    }
  }
}
