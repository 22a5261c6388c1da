/** Why a call that is under way is to end. */
export type EndReason = "cancelled" | "closed";

/** One call that is under way, and what ends it. */
export interface Flight {
  /** Aborted with an {@link EndReason}. */
  readonly signal: AbortSignal;
}

/**
 * Calls that are under way. Each ends when its own AbortSignal does, or all at once. (AbortSignal.any
 * keeps what it made for as long as its sources live.)
 */
export class InFlight {
  readonly #flights = new Set<AbortController>();
  readonly #settled = new Set<Promise<unknown>>();

  get size(): number {
    return this.#flights.size;
  }

  async run<T>(signal: AbortSignal | undefined, work: (flight: Flight) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const cancel = () => controller.abort("cancelled" satisfies EndReason);
    if (signal?.aborted) cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    this.#flights.add(controller);
    const settled = work({ signal: controller.signal });
    this.#settled.add(settled);
    try {
      return await settled;
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#flights.delete(controller);
      this.#settled.delete(settled);
    }
  }

  /** Ends all. */
  end(): void {
    for (const controller of this.#flights) controller.abort("closed" satisfies EndReason);
  }

  /** Resolves when none is under way. */
  async landed(): Promise<void> {
    while (this.#settled.size > 0) await Promise.allSettled(this.#settled);
  }
}

/** What `promise` gives, unless `signal` is aborted first: rejects with its reason. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    const done = () => signal.removeEventListener("abort", abort);
    promise.then(resolve, reject).finally(done);
  });
}
