import { availableParallelism } from "node:os";

/** Longer is not worth a processor, in ms. */
const LONGEST_MS = 1;

/** Calls that follow each other this closely are waited for without sleep, in ms. */
const CLOSE_MS = 2;

/** A tracer and its tracee take turns on one processor: there has to be another. */
const MAY_STAY = availableParallelism() > 1;

/**
 * Keeps this thread's event loop turning for a moment, in place of sleeping until the answer to a call
 * comes: to wake a thread that sleeps takes about as long as a short call.
 */
export class StayAwake {
  #endedAt = Number.NEGATIVE_INFINITY;
  #until = 0;
  #isTurning = false;

  /** A call was asked for. */
  begin(): void {
    const now = performance.now();
    if (!MAY_STAY || now - this.#endedAt > CLOSE_MS) return;
    this.#until = now + LONGEST_MS;
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(this.#turn);
  }

  /** It was answered. */
  end(): void {
    this.#until = 0;
    this.#endedAt = performance.now();
  }

  readonly #turn = (): void => {
    this.#isTurning = performance.now() < this.#until;
    if (this.#isTurning) setImmediate(this.#turn);
  };
}
