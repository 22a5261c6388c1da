import { FfiscopeError } from "../model/index.js";
import { joined, type Range } from "../model/ranges.js";

/** Every allocation begins at a multiple of this, in bytes: a vector register or a cache line. */
const ALIGNMENT = 64;

/** The least and the most that lies between two allocations and belongs to none, in bytes. */
const MIN_GAP = 4096;
const MAX_GAP = 1 << 20;

/**
 * Hands out parts of a heap, as offsets in bytes. Around each there is a gap that belongs to no
 * allocation, as long as the allocation itself within bounds, so that an overrun is seen as what it
 * is and is nearest to the buffer it came from. First fit over the free spans, in order.
 */
export class Allocator {
  #free: Range[];
  readonly #taken = new Map<number, Range>();

  /** `size`: of the heap, in bytes. */
  constructor(readonly size: number) {
    this.#free = [{ start: 0, end: size }];
  }

  /** The offset of `size` free bytes. Throws FfiscopeError HEAP_FULL. */
  allocate(size: number): number {
    const taken = footprint(size);
    const index = this.#free.findIndex(({ start, end }) => end - start >= taken);
    const span = this.#free[index];
    if (!span) {
      throw new FfiscopeError({
        code: "HEAP_FULL",
        message: `the traced heap of ${this.size} bytes has no room for ${size} more`,
        remedy: "Free what is no longer needed, or open a larger heap",
      });
    }
    const end = span.start + taken;
    this.#free.splice(index, 1, ...(end < span.end ? [{ start: end, end: span.end }] : []));
    const offset = span.start + gapOf(size);
    this.#taken.set(offset, { start: span.start, end });
    return offset;
  }

  /** Gives an allocation back. Throws FfiscopeError NOT_ALLOCATED for any other offset. */
  free(offset: number): void {
    const span = this.#taken.get(offset);
    if (!span) {
      throw new FfiscopeError({
        code: "NOT_ALLOCATED",
        message: `there is no allocation at offset ${offset} of the traced heap`,
        remedy: "Free an allocation once",
      });
    }
    this.#taken.delete(offset);
    this.#free = joined([...this.#free, span]);
  }
}

/** What an allocation of `size` bytes takes of the heap with its gaps, in bytes. */
export function footprint(size: number): number {
  const gap = gapOf(size);
  return Math.ceil((gap + size + gap) / ALIGNMENT) * ALIGNMENT;
}

function gapOf(size: number): number {
  const gap = Math.min(Math.max(size, MIN_GAP), MAX_GAP);
  return Math.ceil(gap / ALIGNMENT) * ALIGNMENT;
}
