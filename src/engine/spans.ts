import type { AddressRange } from "../model/index.js";

/** A set of addresses as ranges, for quick questions. */
export class Spans {
  /** Start, end, start, end, ... in order; no two touch. */
  readonly #bounds: number[] = [];

  /** `ranges` may come in any order and must not overlap. */
  constructor(ranges: readonly AddressRange[]) {
    for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
      if (this.#bounds.at(-1) === start) this.#bounds[this.#bounds.length - 1] = end;
      else this.#bounds.push(start, end);
    }
  }

  /** Some address of `[start, end)` is in the set. */
  touches(start: number, end: number): boolean {
    const at = this.#firstEndAfter(start);
    return at < this.#bounds.length && this.#bounds[at]! < end && start < end;
  }

  /** The parts of `[start, end)` that are in the set, in order. */
  clip(start: number, end: number): [start: number, end: number][] {
    const parts: [number, number][] = [];
    for (let at = this.#firstEndAfter(start); at < this.#bounds.length; at += 2) {
      const from = Math.max(this.#bounds[at]!, start);
      const to = Math.min(this.#bounds[at + 1]!, end);
      if (from >= to) break;
      parts.push([from, to]);
    }
    return parts;
  }

  /** Index of the first range that ends behind `address`. */
  #firstEndAfter(address: number): number {
    let low = 0;
    let high = this.#bounds.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#bounds[2 * middle + 1]! > address) high = middle;
      else low = middle + 1;
    }
    return 2 * low;
  }
}
