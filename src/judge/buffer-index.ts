import type { HeapBuffer } from "../model/index.js";
import { lastAtOrBefore } from "../model/ranges.js";

/** Buffers by address. They do not overlap. */
export class BufferIndex<B extends HeapBuffer = HeapBuffer> {
  /** In order of address: positions in it are what the methods give. */
  readonly buffers: readonly B[];
  readonly starts: Float64Array;
  readonly ends: Float64Array;

  constructor(buffers: readonly B[]) {
    this.buffers = [...buffers].sort((a, b) => a.address - b.address);
    this.starts = Float64Array.from(this.buffers, ({ address }) => address);
    this.ends = Float64Array.from(this.buffers, ({ address, size }) => address + size);
  }

  /** The last buffer that starts at or before `address`, or -1. */
  lastFrom(address: number): number {
    return lastAtOrBefore(this.starts, address);
  }

  /**
   * The buffer that bytes `[address, address + size)` belong to: the first that they touch, else
   * the nearest, of two equally near the one before them. -1 where there are no buffers.
   */
  nearest(address: number, size: number): number {
    const before = this.lastFrom(address);
    const after = before + 1;
    if (after === this.starts.length) return before;
    if (before < 0) return after;
    if (address < this.ends[before]!) return before;
    const distance = address - (this.ends[before]! - 1);
    return distance <= this.starts[after]! - (address + size - 1) ? before : after;
  }
}
