import { type AddressRange, PAGE_SIZE, pageOf, type TraceeAddress } from "../model/index.js";

/** Neighbouring pages in one state. */
export interface PageRun<State> extends AddressRange {
  readonly state: State;
}

/**
 * States of pages, kept as runs in order of address: time and memory grow with the number of runs,
 * not of pages.
 */
export class PageRuns<State> implements Iterable<PageRun<State>> {
  readonly #runs: PageRun<State>[];

  /** `runs`: whole pages, none twice. */
  constructor(runs: readonly PageRun<State>[] = []) {
    this.#runs = runs.toSorted((a, b) => a.start - b.start);
  }

  get length(): number {
    return this.#runs.length;
  }

  [Symbol.iterator](): Iterator<PageRun<State>> {
    return this.#runs.values();
  }

  /** The state of the page that `address` lies in; undefined where it has none. */
  at(address: number): State | undefined {
    const run = this.#runs[this.#firstEndAfter(address)];
    return run && run.start <= address ? run.state : undefined;
  }

  /** The runs that hold some byte of `[start, end)`, in order, as they are. */
  *overlapping(start: number, end: number): Generator<PageRun<State>> {
    for (let i = this.#firstEndAfter(start); i < this.#runs.length; i++) {
      const run = this.#runs[i]!;
      if (run.start >= end) return;
      yield run;
    }
  }

  /** Some page that `[start, end)` touches has a state of this kind. */
  some(start: number, end: number, isOfKind: (state: State) => boolean): boolean {
    for (let i = this.#firstEndAfter(start); i < this.#runs.length; i++) {
      const run = this.#runs[i]!;
      if (run.start >= end) return false;
      if (isOfKind(run.state)) return true;
    }
    return false;
  }

  /**
   * Replaces the state of each page that `[start, end)` touches by what `change` returns for it;
   * null takes the page out.
   */
  update(start: number, end: number, change: (state: State) => State | null): void {
    const from = pageOf(start);
    const to = pageOf(end + PAGE_SIZE - 1);
    const first = this.#firstEndAfter(from);
    const parts: PageRun<State>[] = [];
    let next = first;
    for (; next < this.#runs.length && this.#runs[next]!.start < to; next++) {
      parts.push(...changed(this.#runs[next]!, from, to, change));
    }
    if (next > first) this.#runs.splice(first, next - first, ...parts);
  }

  /** Index of the first run that ends behind `address`. */
  #firstEndAfter(address: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#runs[middle]!.end > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** What becomes of `run` where its part inside `[from, to)` changes. */
function* changed<State>(
  run: PageRun<State>,
  from: TraceeAddress,
  to: TraceeAddress,
  change: (state: State) => State | null,
): Generator<PageRun<State>> {
  const start = Math.max(run.start, from) as TraceeAddress;
  const end = Math.min(run.end, to) as TraceeAddress;
  const state = change(run.state);
  if (run.start < start) yield { ...run, end: start };
  if (state !== null) yield { start, end, state };
  if (end < run.end) yield { ...run, start: end };
}
