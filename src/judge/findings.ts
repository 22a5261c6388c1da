import {
  type AccessBatch,
  AccessFlag,
  accessAt,
  type Finding,
  type HeapBuffer,
} from "../model/index.js";
import { BlockReads } from "./block-reads.js";
import { BufferIndex, type SortedBuffers } from "./buffer-index.js";
import { ByteSet } from "./byte-set.js";
import type { CallFacts, JudgedBuffer } from "./call-facts.js";
import type { CountedCall } from "./counted-functions.js";
import { OffendingBytes } from "./offending-bytes.js";
import { isUndecided, UndecidedReads } from "./undecided-reads.js";

/**
 * Finds what a call must not do, from its accesses as they come: `add` each batch once, in order.
 * It asks `facts.memory` for what a buffer holds while a batch is added, and when it is finished.
 *
 * - A byte outside every buffer is out of bounds. It belongs to the nearest buffer, with the other
 *   such bytes of its access beside it; of two equally near, to the one before.
 * - A write to a `const` buffer offends with the bytes inside it.
 * - A write that may not have happened is no finding. An access of unknown kind counts as a read:
 *   it touched the bytes, and that it wrote them is not known.
 * - A byte of a buffer that was freed is used after that, and not out of bounds.
 * - The kernel's accesses count as the tracee's do.
 * - glibc's reads of whole blocks are by design, see {@link BlockReads}.
 *
 * ```ts
 * const collector = new FindingCollector(buffers, { function: "strlen", code: symbolizer });
 * for (const batch of log.batches) collector.add(batch);
 * collector.finish(); // [{ kind: "out-of-bounds-read", buffer: "s", offset: 5, size: 1, … }]
 * ```
 */
export class FindingCollector {
  readonly #index: BufferIndex<JudgedBuffer>;
  readonly #offending = new OffendingBytes();
  readonly #blockReads: BlockReads;
  readonly #undecided = new UndecidedReads();
  readonly #freed: BufferIndex;
  /** How many writes there were so far, by position in the index. */
  #writes: Float64Array | null = null;
  /** Those that may have happened, to any buffer. */
  #uncertainWrites = 0;
  /** By position in the index; what was never written has none. */
  readonly #written: ByteSet[] = [];

  constructor(
    buffers: readonly JudgedBuffer[] | SortedBuffers<JudgedBuffer>,
    facts: CallFacts = {},
  ) {
    this.#index = new BufferIndex(buffers);
    this.#freed = new BufferIndex(facts.freed ?? []);
    const { buffers: sorted } = this.#index;
    const isWritten = (buffer: HeapBuffer, offset: number) =>
      this.#written[sorted.indexOf(buffer)]?.has(offset) ?? false;
    this.#blockReads = new BlockReads(sorted, facts, isWritten);
  }

  add(batch: AccessBatch): void {
    const { address, size, flags, length } = batch;
    const { starts, ends } = this.#index;
    this.#blockReads.comes(batch);
    // Accesses mostly stay where the last one was.
    let at = 0;
    for (let row = 0; row < length; row++) {
      const start = address[row]!;
      const end = start + size[row]!;
      const isWrite = (flags[row]! & AccessFlag.WRITE) !== 0;
      if (isWrite && flags[row]! & AccessFlag.UNCERTAIN) {
        this.#uncertainWrites++;
        continue;
      }
      if (!(start >= starts[at]! && end <= ends[at]!)) at = this.#index.lastFrom(start);
      if (at >= 0 && end <= ends[at]!) {
        if (isWrite) this.#write(batch, row, at, start, end);
        continue;
      }
      this.#walk(batch, row, at, isWrite);
      at = Math.max(at, 0);
    }
    this.#blockReads.passed(batch);
  }

  /** Findings in the order in which they first showed. */
  finish(): Finding[] {
    for (const decided of this.#undecided.decide(
      (call) => this.#writesTo(call),
      (call, end) => this.#blockReads.neededNow(call, end),
    )) {
      const { owner, bytes } = decided;
      const span = [bytes.start - owner.address, bytes.end - owner.address] as const;
      this.#offending.addAt("out-of-bounds-read", owner, span, decided);
    }
    return this.#offending.findings();
  }

  /** An access that leaves buffer `at`, the last that starts at or before it (-1: none does). */
  #walk(batch: AccessBatch, row: number, at: number, isWrite: boolean): void {
    const { starts, ends } = this.#index;
    const end = batch.address[row]! + batch.size[row]!;
    for (let from = batch.address[row]!, i = at; from < end; i++) {
      const inside = i < 0 ? from : Math.min(end, ends[i]!);
      if (isWrite && from < inside) this.#write(batch, row, i, from, inside);
      from = Math.max(from, inside);
      const until = Math.min(end, starts[i + 1] ?? end);
      if (from < until) this.#outside(batch, row, from, until, i, isWrite);
      from = Math.max(from, until);
    }
  }

  /** Bytes `[start, end)` lie past buffer `before`, and before the next. */
  #outside(
    batch: AccessBatch,
    row: number,
    start: number,
    end: number,
    before: number,
    isWrite: boolean,
  ): void {
    const { buffers } = this.#index;
    const owner = buffers[this.#index.nearest(start, end - start)];
    const neighbours = [buffers[before] ?? null, buffers[before + 1] ?? null] as const;
    const bytes =
      isWrite || !owner
        ? { start, end }
        : this.#blockReads.offending(batch, row, start, end, ...neighbours);
    if (bytes === null) return;
    if (isUndecided(bytes)) {
      const order = this.#offending.reserve();
      const access = accessAt(batch, row);
      const writes = this.#writesTo(bytes.call);
      this.#undecided.add(bytes, { owner: owner!, access, order, writes });
      return;
    }
    const freed = this.#freed.buffers[this.#freed.lastFrom(bytes.end - 1)];
    if (freed && bytes.start < freed.address + freed.size) {
      const from = Math.max(bytes.start - freed.address, 0);
      const to = Math.min(bytes.end - freed.address, freed.size);
      this.#offending.add("use-after-free", freed, from, to, batch, row);
      return;
    }
    if (!owner) return;
    const kind = isWrite ? "out-of-bounds-write" : "out-of-bounds-read";
    const [from, to] = [bytes.start - owner.address, bytes.end - owner.address];
    this.#offending.add(kind, owner, from, to, batch, row);
  }

  /** Bytes `[start, end)` lie in buffer `at`. */
  #write(batch: AccessBatch, row: number, at: number, start: number, end: number): void {
    const buffer = this.#index.buffers[at]!;
    const [from, to] = [start - buffer.address, end - buffer.address];
    if (buffer.const) this.#offending.add("const-write", buffer, from, to, batch, row);
    this.#written[at] ??= new ByteSet(buffer.size);
    this.#written[at].add(from, to);
    this.#writes ??= new Float64Array(this.#index.buffers.length);
    this.#writes[at]!++;
  }

  /** Writes so far to what `call` reads from: while there are no more, it holds the same. */
  #writesTo(call: CountedCall): number {
    let writes = this.#uncertainWrites;
    if (this.#writes === null) return writes;
    for (const [at, { address, size }] of this.#index.buffers.entries()) {
      const isRead = call.pointers.some((at) => at >= address && at <= address + size);
      if (isRead) writes += this.#writes[at]!;
    }
    return writes;
  }
}
