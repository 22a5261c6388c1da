import { type AccessBatch, AccessFlag } from "../model/index.js";
import type { CountedCall } from "./counted-functions.js";

/** The span of what one masked load reads, in bytes, at the most. */
const LARGEST_VECTOR = 64;

/**
 * How a comparison of two strings goes on. Where glibc's have found the difference, or the NUL, they load
 * that character once more from both, to tell which is less; where the count ends them they load nothing.
 * So the loads of one of the strings tell where it ended, whatever the other holds.
 */
export class Comparison {
  /** The address of the one character that was loaded last, behind all vectors; null for none. */
  #last: number | null = null;
  #isOver = false;

  constructor(
    readonly call: CountedCall,
    readonly thread: number,
    /** Whether row `row` of a batch is made by the call. */
    private readonly isOwn: (batch: AccessBatch, row: number) => boolean,
  ) {}

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Goes through `batch` from row `from` on, until the call is over. */
  follow(batch: AccessBatch, from: number): void {
    for (let row = from; row < batch.length && !this.#isOver; row++) {
      if (batch.thread[row] !== this.thread) continue;
      this.#isOver = (batch.flags[row]! & AccessFlag.KERNEL) !== 0 || !this.isOwn(batch, row);
      if (!this.#isOver) this.#last = this.#isCharacter(batch, row) ? batch.address[row]! : null;
    }
  }

  /** How many bytes it had to look at, from each string: all that it counts, unless it has ended before. */
  get needed(): number {
    const limit = this.call.limit ?? 0;
    const last = this.#last;
    if (last === null) return limit;
    const before = this.call.pointers.map(Number).filter((pointer) => pointer <= last);
    if (before.length === 0) return limit;
    return Math.min(limit, last - Math.max(...before) + this.call.unit);
  }

  /** One character, and not what a mask has left of a vector: of that there are more, further apart. */
  #isCharacter(batch: AccessBatch, row: number): boolean {
    const { unit } = this.call;
    return (
      batch.size[row] === unit &&
      ![row - 1, row + 1].some((other) => this.#isPart(batch, row, other))
    );
  }

  #isPart({ address, ip, length }: AccessBatch, row: number, other: number): boolean {
    if (other < 0 || other >= length || ip[other] !== ip[row]) return false;
    const distance = Math.abs(address[other]! - address[row]!);
    return distance > this.call.unit && distance < LARGEST_VECTOR;
  }
}
