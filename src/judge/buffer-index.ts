import type { HeapBuffer } from "../model/index.js";
import { lastAtOrBefore } from "../model/ranges.js";

/** Buffers in order of address, with their first addresses and those behind their last. */
export interface SortedBuffers<B extends HeapBuffer = HeapBuffer> {
  readonly buffers: readonly B[];
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

/** Buffers by address. They do not overlap. */
export class BufferIndex<B extends HeapBuffer = HeapBuffer> {
  /** In order of address: positions in it are what the methods give. */
  readonly buffers: readonly B[];
  readonly starts: Float64Array;
  readonly ends: Float64Array;

  /** What is in order already is shared, and is not to be changed. */
  constructor(buffers: readonly B[] | SortedBuffers<B>) {
    if ("starts" in buffers) {
      this.buffers = buffers.buffers;
      this.starts = buffers.starts;
      this.ends = buffers.ends;
      return;
    }
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

/** All buffers that there are when a call is made: to most of them none of its arguments leads. */
export class CallBuffers<B extends HeapBuffer = HeapBuffer> extends BufferIndex<B> {
  /** `given`: those of `sorted` that its arguments lead to. */
  constructor(
    sorted: SortedBuffers<B>,
    readonly given: readonly B[],
    /** What was freed where nothing lies since, by address. */
    readonly freed: readonly B[] = [],
  ) {
    super(sorted);
  }

  /** First those that the arguments lead to. */
  get list(): readonly HeapBuffer[] {
    const given: ReadonlySet<HeapBuffer> = new Set(this.given);
    return [...given, ...this.buffers.filter((buffer) => !given.has(buffer))];
  }

  /** With something else in the place of each that the arguments lead to. */
  withGiven<T extends HeapBuffer>(change: (buffer: B) => T): SortedBuffers<B | T> {
    const buffers: (B | T)[] = this.buffers.slice();
    for (const buffer of this.given) buffers[this.lastFrom(buffer.address)] = change(buffer);
    return { buffers, starts: this.starts, ends: this.ends };
  }

  toJSON(): readonly HeapBuffer[] {
    return this.list.map(({ name, arg, address, size, const: constant }) => ({
      ...{ name, arg, address, size, const: constant },
    }));
  }
}
