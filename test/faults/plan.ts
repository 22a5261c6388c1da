import { CALLS, STATES } from "./calls.js";

/** The words of the memory that all threads of a run share. Behind them: how often which call was made in which state. */
const Word = { CALL: 0, ERRNO: 1, STATE: 2, IN_STATE: 3, HITS: 4, HIT_STATE: 5, SKIP: 6 } as const;
const WORDS = 8;

/** No call, no state. */
const NONE = -1;

/** Which call is to fail, how, and when: shared by the threads of a run. */
export class FaultPlan {
  readonly #words: Int32Array<SharedArrayBuffer>;

  readonly memory: SharedArrayBuffer;

  /** `given`: the memory of the run's plan, in its other threads. */
  constructor(given?: SharedArrayBuffer) {
    const memory = given ?? new SharedArrayBuffer((WORDS + CALLS.length * STATES.length) * 4);
    this.memory = memory;
    this.#words = new Int32Array(memory);
    if (!given) this.#words.fill(NONE, 0, WORDS);
  }

  // What the run decides.

  /** The next `call` that is made in `state`, after `skip` of them, fails with `errno`: once. */
  arm(call: string, state: string, errno: number, skip = 0): void {
    this.#words[Word.HITS] = 0;
    this.#words[Word.ERRNO] = errno;
    this.#words[Word.SKIP] = skip;
    this.#words[Word.IN_STATE] = STATES.indexOf(state as never);
    Atomics.store(this.#words, Word.CALL, CALLS.indexOf(call as never));
  }

  disarm(): void {
    Atomics.store(this.#words, Word.CALL, NONE);
  }

  get hit(): boolean {
    return Atomics.load(this.#words, Word.HITS) > 0;
  }

  /** The session's machine is in `state`. */
  enter(state: string): void {
    Atomics.store(this.#words, Word.STATE, STATES.indexOf(state as never));
  }

  /** The calls that were made are forgotten. */
  forget(): void {
    this.#words.fill(0, WORDS);
  }

  /** The calls that were made so far, by state. */
  seen(): readonly (readonly [call: string, state: string])[] {
    return CALLS.flatMap((call, c) =>
      STATES.flatMap((state, s) =>
        this.#words[WORDS + c * STATES.length + s]! > 0 ? [[call, state] as const] : [],
      ),
    );
  }

  // What the seam asks.

  /** The number of the error that `call` fails with now; null for none. */
  errnoFor(call: string): number | null {
    const index = CALLS.indexOf(call as never);
    const state = Atomics.load(this.#words, Word.STATE);
    if (index < 0 || state < 0) return null;
    Atomics.add(this.#words, WORDS + index * STATES.length + state, 1);
    if (Atomics.load(this.#words, Word.CALL) !== index) return null;
    if (this.#words[Word.IN_STATE] !== state) return null;
    if (Atomics.sub(this.#words, Word.SKIP, 1) > 0) return null;
    if (Atomics.compareExchange(this.#words, Word.CALL, index, NONE) !== index) return null;
    Atomics.add(this.#words, Word.HITS, 1);
    return this.#words[Word.ERRNO]!;
  }
}
