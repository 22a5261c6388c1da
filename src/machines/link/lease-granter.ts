import { type LeaseTerms, LineLease } from "../../ipc/index.js";
import type { ChildLine } from "./child-line.js";

/** Calls that follow each other this closely, in ms, are served faster under a lease. */
const CLOSE_MS = 2;

/** After leases that nobody used, at most so many calls are without one. */
const MOST_WITHOUT = 256;

/** Leases a child's line to its tracer where that pays: see {@link LineLease}. */
export class LeaseGranter {
  readonly lease = new LineLease();
  /** What the tracer was promised for the end of the call that runs. */
  #promised: LeaseTerms | null = null;
  #deliveredAt = Number.NEGATIVE_INFINITY;
  /** Calls under the lease that is out, or was last. */
  #served = 0;
  /** Calls to come without a lease, and how many there were last. */
  #without = 0;
  #wereWithout = 0;

  /** `closeMs`: what is close. */
  constructor(private readonly closeMs: number = CLOSE_MS) {}

  /** `terms`: what a lease after this call allows; null where it may not be. Whether it will be. */
  arming(terms: LeaseTerms | null): boolean {
    const isClose = performance.now() - this.#deliveredAt < this.closeMs;
    const pays = isClose && this.#without-- <= 0;
    this.#promised = pays ? terms : null;
    return this.#promised !== null;
  }

  /** The call's events are sent. `isFree`: nothing but frames will pass on the line. */
  delivered(line: ChildLine, isFree: boolean): void {
    this.#deliveredAt = performance.now();
    const terms = this.#promised;
    this.#promised = null;
    if (!terms || !isFree || !line.isQuiet) return this.lease.refuse();
    line.pause();
    this.#served = 0;
    if (!this.lease.grant(terms)) line.resume();
  }

  /** A call is over that was served under the lease. */
  followed(): void {
    this.#served++;
    this.#deliveredAt = performance.now();
    this.lease.follow();
  }

  returned(line: ChildLine): void {
    this.#wereWithout = this.#served > 0 ? 0 : Math.min(2 * this.#wereWithout + 1, MOST_WITHOUT);
    this.#without = this.#wereWithout;
    line.resume();
  }
}
