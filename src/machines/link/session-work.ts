import type { Steps } from "../../model/index.js";

/** What one session's work may take before it is another's turn, in ms. */
const SLICE_MS = 4;

/** What the work of all sessions may take of one turn of the event loop, in ms. */
const TURN_MS = 12;

/** Less is not counted, in ms: most turns take no time that is worth a timer. */
const COUNTED_MS = 1;

export type Work = () => Steps<void> | void;

/** Sessions with work that waits for a turn to come; the first is next. */
const waiting: SessionWork[] = [];

/** What has been used of this turn, in ms. */
let used = 0;
let isTurnAwaited = false;

function awaitTurn(): void {
  if (isTurnAwaited) return;
  isTurnAwaited = true;
  setImmediate(() => {
    isTurnAwaited = false;
    used = 0;
    while (used < TURN_MS && waiting.length > 0) waiting.shift()!.turn();
    if (waiting.length > 0) awaitTurn();
  });
}

/**
 * What a session's child and tracer set off, in the order in which it came, and at once where there is
 * time: a child that says much at once has it done a part at a time, and holds nobody up. Whatever is
 * thrown is this session's failure, and no other's.
 */
export class SessionWork {
  readonly #queue: Work[] = [];
  /** What was interrupted. */
  #begun: Steps<void> | null = null;
  #isRunning = false;
  /** It is among those that wait for a turn. */
  #isWaiting = false;

  /** `failed` is told what was thrown; `busy` when work begins to wait, and when none does any more. */
  constructor(
    readonly failed: (error: unknown) => void,
    readonly busy: (isBusy: boolean) => void,
  ) {}

  /** Something waits: what comes now is done behind it. */
  get isBusy(): boolean {
    return this.#begun !== null || this.#queue.length > 0;
  }

  /** What comes now is begun now. */
  get isFree(): boolean {
    return !this.isBusy && !this.#isRunning && used < TURN_MS;
  }

  do(work: Work): void {
    const { isFree } = this;
    this.#queue.push(work);
    if (isFree) this.slice();
    else if (!this.#isRunning) this.#wait();
  }

  /** Does what there is, for up to {@link SLICE_MS}. */
  slice(): void {
    const from = performance.now();
    this.#isRunning = true;
    try {
      do this.#step();
      while (this.isBusy && performance.now() - from < SLICE_MS);
    } finally {
      this.#isRunning = false;
    }
    used += performance.now() - from;
    if (used > COUNTED_MS) awaitTurn(); // to count anew
    if (this.isBusy) this.#wait();
  }

  /** It is this session's turn. */
  turn(): void {
    this.#isWaiting = false;
    if (this.isBusy) this.slice();
    if (!this.isBusy) this.#guarded(() => this.busy(false));
  }

  /** Does what is left at once, but for what was begun: nothing comes of it any more. */
  finish(): void {
    this.#begun = null;
    while (this.#queue.length > 0) this.#step();
  }

  #wait(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    waiting.push(this);
    awaitTurn();
    this.#guarded(() => this.busy(true));
  }

  #step(): void {
    this.#guarded(() => {
      const begun = this.#begun ?? this.#queue.shift()?.() ?? null;
      this.#begun = begun;
      if (begun?.next().done) this.#begun = null;
    });
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#begun = null;
      this.failed(error);
    }
  }
}
