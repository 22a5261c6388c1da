import type { Tid } from "../model/index.js";
import { PROT_NONE, type RemoteCode, SystemError } from "../native/index.js";
import type { Guard, ProtectedRange } from "./guard.js";

const SYS_MPROTECT = 10; // asm/unistd_64.h

type Range = Omit<ProtectedRange, "protection">;

/** Opens and closes guarded memory by mprotect(2) calls that a borrowed thread is made to run. */
export class Protector {
  /** What is open for syscalls that are under way, by thread: it stays so until they are over. */
  readonly #kept = new Map<Tid, Range[]>();

  constructor(readonly code: RemoteCode) {}

  /** Gives each range what it allows by itself. */
  open(tid: Tid, ranges: readonly ProtectedRange[]): void {
    this.#protect(tid, ranges);
  }

  /** Makes each range inaccessible, or has that done at the end of the syscall that needs it open. */
  close(tid: Tid, ranges: readonly Range[]): void {
    const closed: ProtectedRange[] = [];
    for (const range of ranges) {
      const keeper = this.#keeperOf(range);
      if (keeper) keeper.push(range);
      else closed.push({ ...range, protection: PROT_NONE });
    }
    this.#protect(tid, closed);
  }

  /** As {@link open}, until {@link closeAfterSyscall}. Not by stepping: SIGTRAP is the program's. */
  openForSyscall(tid: Tid, ranges: readonly ProtectedRange[]): void {
    for (const range of ranges) this.#protectQuietly(tid, range, range.protection);
    this.#kept.set(tid, [...(this.#kept.get(tid) ?? []), ...ranges]);
  }

  /** Closes what the syscall of thread `owner` had open, unless another needs it. Runs on `tid`. */
  closeAfterSyscall(tid: Tid, owner: Tid, guard: Guard): void {
    const ranges = this.#kept.get(owner) ?? [];
    this.#kept.delete(owner);
    for (const { start, end } of ranges) {
      for (const range of guard.rangesToOpen(start, end)) {
        const keeper = this.#keeperOf(range);
        if (keeper) keeper.push(range);
        else this.#protectQuietly(tid, range, PROT_NONE);
      }
    }
  }

  #keeperOf({ start, end }: Range): Range[] | undefined {
    if (this.#kept.size === 0) return undefined;
    const overlaps = (range: Range) => range.start < end && range.end > start;
    return [...this.#kept.values()].find((ranges) => ranges.some(overlaps));
  }

  /** In one stop, however many there are. */
  #protect(tid: Tid, ranges: readonly ProtectedRange[]): void {
    if (ranges.length === 0) return;
    const calls = ranges.map(({ start, end, protection }) => ({
      number: SYS_MPROTECT,
      args: [start, end - start, protection],
    }));
    const refused = this.code.syscalls(tid, calls).find((result) => result < 0);
    if (refused !== undefined) throw new SystemError("mprotect in the tracee", -refused);
  }

  #protectQuietly(tid: Tid, { start, end }: Range, protection: number): void {
    const result = this.code.quietSyscall(tid, SYS_MPROTECT, start, end - start, protection);
    if (result < 0) throw new SystemError("mprotect in the tracee", -result);
  }
}
