import type { Tid } from "../model/index.js";
import { overlap } from "../model/ranges.js";
import { SystemError } from "../native/libc.js";
import { PROT_NONE } from "../native/memory/maps.js";
import { SYS_MPROTECT } from "../native/memory/mmap.js";
import type { RemoteCode } from "../native/remote/remote-code.js";
import type { Guard, ProtectedRange } from "./guard.js";
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
  /** Not by stepping: SIGTRAP is the program's. */
  readonly #quietly: RunCalls = (tid, calls) =>
    calls.map(({ number, args }) => this.code.quietSyscall(tid, number, ...args));

  constructor(
    readonly code: RemoteCode,
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

  /** Makes each range inaccessible, or has that done at the end of the syscall that needs it open. */
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
  closeAfterSyscall(tid: Tid, owner: Tid, guard: Guard): void {
    const ranges = this.#kept.get(owner) ?? [];
    this.#kept.delete(owner);
    for (const { start, end } of ranges) {
      for (const range of guard.rangesToOpen(start, end)) {
        if (!this.#leaveToKeeper(range)) this.#close(tid, [range], this.#quietly);
      }
    }
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
    protect(tid, inPlace, run);
  }

  #close(tid: Tid, ranges: readonly ProtectedRange[], run: RunCalls): void {
    if (!this.views.keepsAny) return protect(tid, ranges, run, PROT_NONE);
    const parts = ranges.map((range) => this.views.split(range));
    const kept = parts.flatMap((part) => part.kept);
    if (kept.length > 0) this.views.take(tid, kept, run);
    const others = parts.flatMap((part) => part.others);
    protect(tid, others, run, PROT_NONE);
  }
}

/** `all`: the protection of all, where it is not each one's own. */
function protect(
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
  const refused = run(tid, calls).find((result) => result < 0);
  if (refused !== undefined) throw new SystemError("mprotect in the tracee", -refused);
}
