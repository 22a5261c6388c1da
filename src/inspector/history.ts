import { DEFAULTS } from "../model/index.js";
import type { Entry, Facts, Opening } from "./entry.js";
import { Timeline } from "./timeline.js";

/** How much is kept, in entries and in bytes of JSON. */
export interface HistoryLimits {
  readonly entries: number;
  readonly bytes: number;
}

export const DEFAULT_LIMITS: HistoryLimits = {
  entries: DEFAULTS.historyEntries,
  bytes: DEFAULTS.historyBytes,
};

/** So much is dropped at a time, as a share of the limit: dropping one by one would cost more. */
const DROPPED_SHARE = 0.1;

/** All that was inspected, bounded: the oldest entries go first. */
export class History {
  readonly #timeline = new Timeline();
  /** The entries' JSON texts, beside them. */
  #texts: string[] = [];
  #bytes = 0;
  readonly #listeners = new Set<() => void>();
  readonly #openedAt = performance.now();

  constructor(readonly limits: HistoryLimits = DEFAULT_LIMITS) {}

  /** The first entry that is kept, by its number; as many were dropped. */
  get first(): number {
    return this.#timeline.first;
  }

  /** The number of the entry that comes next. */
  get next(): number {
    return this.#timeline.next;
  }

  add(facts: Facts): void {
    const at = Math.round((performance.now() - this.#openedAt) * 1000) / 1000;
    const entry: Entry = { seq: this.next, at, ...facts };
    const text = JSON.stringify(entry);
    this.#timeline.add(entry);
    this.#texts.push(text);
    this.#bytes += text.length;
    this.#bound();
    for (const listener of this.#listeners) listener();
  }

  /** What a page needs to begin with. */
  opening(): Opening {
    return { past: this.#timeline.past, first: this.first, limits: this.limits };
  }

  /** The JSON texts of entries from number `from` on, as many as about `bytes` hold, at least one. */
  textsFrom(from: number, bytes: number): string[] {
    const texts: string[] = [];
    let length = 0;
    for (let i = from - this.first; i < this.#texts.length && length < bytes; i++) {
      texts.push(this.#texts[i]!);
      length += this.#texts[i]!.length;
    }
    return texts;
  }

  /** `listener` is called after each entry. Returns what ends that. */
  onEntry(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The newest entry stays, however large it is. */
  #bound(): void {
    const { entries, bytes } = this.limits;
    if (this.#texts.length <= entries && this.#bytes <= bytes) return;
    const keep = 1 - DROPPED_SHARE;
    let dropped = 0;
    while (
      dropped < this.#texts.length - 1 &&
      (this.#texts.length - dropped > entries * keep || this.#bytes > bytes * keep)
    ) {
      this.#bytes -= this.#texts[dropped]!.length;
      dropped++;
    }
    this.#texts.splice(0, dropped);
    this.#timeline.dropBefore(this.first + dropped);
  }
}
