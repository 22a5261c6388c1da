import { say } from "./output.js";

/** Seconds at which a long call says that it still runs; then every minute. */
const REPORTS_AT_S = [2, 5, 10, 20, 40];
const THEN_EVERY_S = 60;

/** Says on standard error how a long call is getting on. */
export class Progress {
  #accesses = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #startedAt = performance.now();

  /** `what`: the function's name. */
  constructor(readonly what: string) {
    this.#schedule(0);
  }

  /** `count` more accesses were recorded. */
  add(count: number): void {
    this.#accesses += count;
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  #schedule(report: number): void {
    const last = REPORTS_AT_S.length - 1;
    const at = REPORTS_AT_S[report] ?? REPORTS_AT_S[last]! + (report - last) * THEN_EVERY_S;
    const delay = at * 1000 - (performance.now() - this.#startedAt);
    this.#timer = setTimeout(() => {
      const accesses = this.#accesses.toLocaleString("en");
      say(`${this.what} has run for ${at} s: ${accesses} accesses so far (Ctrl-C ends it)`);
      this.#schedule(report + 1);
    }, delay);
    this.#timer.unref();
  }
}
