import type { Guard } from "../guard/guard.js";
import type { Tid } from "../model/index.js";
import type { SignalInfo } from "../native/ptrace/siginfo.js";

/** Faults of the guard that come late: its memory has been opened meanwhile. */
export class RepeatedFaults {
  /** The value of `guard.openings` when each thread was last made to repeat an access. */
  readonly #repeatedAt = new Map<Tid, number>();

  constructor(readonly guard: Guard) {}

  /**
   * True if the access is to be made again: its page was guarded when it faulted and is not now,
   * because another thread has ended the call or opened the page. Once for each opening, since a
   * fault of the program's own looks the same.
   */
  isPast(tid: Tid, fault: SignalInfo): boolean {
    if (!fault.isFault || !this.guard.hasOpened(fault.faultAddress)) return false;
    if (this.#repeatedAt.get(tid) === this.guard.openings) return false;
    this.#repeatedAt.set(tid, this.guard.openings);
    return true;
  }

  forget(tid: Tid): void {
    this.#repeatedAt.delete(tid);
  }
}
