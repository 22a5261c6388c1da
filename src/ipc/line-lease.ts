/** Who reads and writes the line. */
const Holder = {
  SESSION: 0,
  /** The session does, and the tracer waits for a lease. */
  WANTED: 1,
  /** The tracer may, and is not doing it now. */
  TRACER: 2,
  /** The tracer is doing it: nobody takes the line away meanwhile. */
  BUSY: 3,
  /** Nobody any more: the line is closed. */
  NOBODY: 4,
} as const;

/** What the memory that both share holds: the holder, the terms of the lease, and what came of it. */
const Word = { HOLDER: 0, CALL: 1, EXTENSIONS: 2, FOLLOWED: 3 } as const;
const WORDS = 4;

/** More calls than a session has. */
const ALL = 2 ** 31 - 1;

/** What a lease allows: to answer the StartFfi of `call` and of those that follow it. */
export interface LeaseTerms {
  readonly call: number;
  /** The child speaks extensions: it may hand over ranges. */
  readonly extensions: boolean;
}

/**
 * The right to read and write a child's line. It is the session's, which leases it to its tracer
 * between two calls that follow each other closely: what is due then is known beforehand, and a call
 * that does nothing takes a tenth of the time when its frames wake no other thread. The tracer answers
 * a StartFfi as the session would, and sends the events of a short call. Whatever else there is it
 * leaves on the line, and returns the lease.
 *
 * Both sides hold one of these over the same memory.
 */
export class LineLease {
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(readonly memory = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)) {
    this.#words = new Int32Array(memory);
  }

  // The session's side.

  /** False where the tracer does not wait for it any more. The session does not touch the line then on. */
  grant({ call, extensions }: LeaseTerms): boolean {
    this.#words[Word.CALL] = call;
    this.#words[Word.EXTENSIONS] = Number(extensions);
    return this.#answer(Holder.TRACER);
  }

  /** There will be no lease now. */
  refuse(): void {
    this.#answer(Holder.SESSION);
  }

  #answer(holder: number): boolean {
    const wasWanted = this.#pass(Holder.WANTED, holder);
    Atomics.notify(this.#words, Word.HOLDER);
    return wasWanted;
  }

  /** The line is about to be closed: returns once the tracer does not touch it any more. */
  revoke(): void {
    this.#followAll();
    for (;;) {
      const holder = Atomics.load(this.#words, Word.HOLDER);
      if (holder === Holder.BUSY) Atomics.wait(this.#words, Word.HOLDER, Holder.BUSY, 1);
      else if (this.#pass(holder, Holder.NOBODY)) return;
    }
  }

  /** The tracer is gone, in the middle of its work perhaps: nobody waits for it. */
  abandon(): void {
    this.#followAll();
    Atomics.store(this.#words, Word.HOLDER, Holder.NOBODY);
  }

  /** A tracer that has got ahead of the session waits no longer: that follows no more. */
  #followAll(): void {
    Atomics.store(this.#words, Word.FOLLOWED, ALL);
    Atomics.notify(this.#words, Word.FOLLOWED);
  }

  /** A call that was served under a lease, and that the session has heard of. */
  follow(): void {
    Atomics.add(this.#words, Word.FOLLOWED, 1);
    Atomics.notify(this.#words, Word.FOLLOWED);
  }

  // The tracer's side.

  get isHeld(): boolean {
    return Atomics.load(this.#words, Word.HOLDER) === Holder.TRACER;
  }

  /** Asks for a lease, which the session then grants or refuses. */
  want(): void {
    this.#pass(Holder.SESSION, Holder.WANTED);
  }

  /** Waits up to `ms` for the session's answer; the terms, or null. */
  awaitGrant(ms: number): LeaseTerms | null {
    Atomics.wait(this.#words, Word.HOLDER, Holder.WANTED, ms);
    if (this.#pass(Holder.WANTED, Holder.SESSION) || !this.isHeld) return null;
    return { call: this.#words[Word.CALL]!, extensions: this.#words[Word.EXTENSIONS] !== 0 };
  }

  /** Does `work` on the line, which must not wait for anything; `otherwise` where the lease has ended. */
  use<T>(work: () => T, otherwise: T): T {
    if (!this.#pass(Holder.TRACER, Holder.BUSY)) return otherwise;
    try {
      return work();
    } finally {
      Atomics.store(this.#words, Word.HOLDER, Holder.TRACER);
      Atomics.notify(this.#words, Word.HOLDER);
    }
  }

  /** False where there was nothing to return. */
  giveBack(): boolean {
    return this.#pass(Holder.TRACER, Holder.SESSION);
  }

  /** Of `calls` that were served, the session has not followed more than `ahead`. */
  isAhead(calls: number, ahead: number): boolean {
    return calls - Atomics.load(this.#words, Word.FOLLOWED) > ahead;
  }

  /** Waits until {@link isAhead} is so no more. */
  awaitFollowed(calls: number, ahead: number): void {
    for (;;) {
      const followed = Atomics.load(this.#words, Word.FOLLOWED);
      if (calls - followed <= ahead) return;
      Atomics.wait(this.#words, Word.FOLLOWED, followed);
    }
  }

  #pass(from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, Word.HOLDER, from, to) === from;
  }
}
