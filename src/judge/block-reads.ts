import { type AccessBatch, AccessFlag, pageOf } from "../model/index.js";
import { BufferTexts } from "./buffer-texts.js";
import type { CallFacts, JudgedBuffer } from "./call-facts.js";
import type { ByteSpan, CountedCall } from "./counted-functions.js";
import { CountedReads, type WrittenBytes } from "./counted-reads.js";
import { type FunctionReads, readsOf } from "./glibc-reads.js";
import { LibcCode } from "./libc-code.js";
import { RecentRows } from "./recent-rows.js";
import {
  blockOf,
  LARGEST_SCALAR,
  LOOKBACK,
  passStart,
  REACH,
  touchesNearby,
  VECTORS,
} from "./string-pass.js";
import type { UndecidedRead } from "./undecided-reads.js";

const NO_LICENCE: FunctionReads = { habit: "exact", unit: 1, aligned: true };

/** Tells glibc's reads of whole blocks, which are by design, from over-reads. */
export class BlockReads {
  readonly #habits = new Map<number, FunctionReads | null>();
  /** A batch may begin in the middle of a string. */
  readonly #recent = new RecentRows(LOOKBACK);
  readonly #code: LibcCode;
  readonly #texts: BufferTexts;
  readonly #counted: CountedReads;

  constructor(
    buffers: readonly JudgedBuffer[],
    private readonly facts: CallFacts,
    private readonly written: WrittenBytes,
  ) {
    this.#code = new LibcCode(facts.code);
    this.#texts = new BufferTexts(buffers, facts.memory ?? null);
    this.#counted = new CountedReads(buffers, facts, this.#code, this.#texts, written);
  }

  /** How many bytes a call that has read to `end` had to look at, now that the traced call is over. */
  neededNow(call: CountedCall, end: number): number | null {
    return this.#texts.neededBy(call, end, "now");
  }

  /** `batch` is about to be judged. */
  comes(batch: AccessBatch): void {
    this.#counted.comes(batch);
  }

  /** All of `batch` was judged. */
  passed(batch: AccessBatch): void {
    this.#recent.push(batch);
    this.#counted.passed(batch);
    this.#texts.forget();
  }

  /**
   * The offending part of bytes `[start, end)`: they lie between `before` and `after`, and row `at` of
   * batch `of` read them. Null where all are by design. What depends on what is not known yet is undecided.
   *
   * Where a counted function was called with what, only what it had to read can offend. Elsewhere it goes
   * by how such functions read.
   */
  offending(
    of: AccessBatch,
    at: number,
    start: number,
    end: number,
    before: JudgedBuffer | null,
    after: JudgedBuffer | null,
  ): ByteSpan | UndecidedRead | null {
    const all = { start, end };
    if (of.flags[at]! & (AccessFlag.KERNEL | AccessFlag.UNKNOWN)) return all;
    const reads = this.#readsAt(of.ip[at]!);
    if (reads?.habit === "exact") return all;
    const call = this.#counted.callAt(of, at);
    if (call) return this.#counted.needed(call, of, at, all);
    const { batch, row } = this.#recent.before(of, at);
    const inBefore = before !== null && batch.address[row]! < before.address + before.size;
    if (!inBefore && after && this.#underReads(reads, batch, row, start, after)) return null;
    return before && this.#overReads(reads, batch, row, end, before) ? null : all;
  }

  /** Null: libc's, and unnamed. */
  #readsAt(ip: number): FunctionReads | null {
    let reads = this.#habits.get(ip);
    if (reads === undefined) {
      reads = this.#lookUp(ip);
      this.#habits.set(ip, reads);
    }
    return reads;
  }

  #lookUp(ip: number): FunctionReads | null {
    if (!this.#code.isGlibc(ip)) return NO_LICENCE;
    const name = this.#code.functionOf(ip);
    if (name !== null) return readsOf(name) ?? NO_LICENCE;
    return readsOf(this.facts.function ?? "");
  }

  /**
   * Begins before `buffer`, because blocks are aligned downwards. One that is not was asked for
   * there (strlen of a pointer before the buffer), but for the functions that do not align.
   */
  #underReads(
    reads: FunctionReads | null,
    batch: AccessBatch,
    row: number,
    start: number,
    buffer: JudgedBuffer,
  ): boolean {
    const size = batch.size[row]!;
    const end = batch.address[row]! + size;
    const isAligned = !VECTORS.has(size) || batch.address[row]! % size === 0;
    if (!isAligned && (reads?.aligned ?? true)) return false;
    if (reads?.habit === "compared" || pageOf(start) !== pageOf(buffer.address)) return false;
    if (end > buffer.address) return reads !== null || size > LARGEST_SCALAR;
    // A whole block before: another of the same turn holds the first bytes.
    const reach = (REACH - 1) * blockOf(size);
    if (reads === null || end + reach <= buffer.address) return false;
    return touchesNearby(batch, row, buffer, this.#code.isSameFunction(batch.ip[row]!));
  }

  /** Past the last bytes of `buffer`, by a function that had a reason to look at those. */
  #overReads(
    reads: FunctionReads | null,
    batch: AccessBatch,
    row: number,
    end: number,
    buffer: JudgedBuffer,
  ): boolean {
    const address = batch.address[row]!;
    const size = batch.size[row]!;
    const bufferEnd = buffer.address + buffer.size;
    if (buffer.size === 0) return false;
    // strncasecmp (sse2) goes on to the next page where its count does, of which nothing is known here.
    const isCompared = reads?.habit === "bounded" && !reads.aligned;
    if (!isCompared && pageOf(end - 1) !== pageOf(bufferEnd - 1)) return false;
    if (address + size >= bufferEnd + REACH * blockOf(size)) return false;
    switch (reads?.habit) {
      case "sought":
        return address < bufferEnd;
      case "compared":
        // A masked load of fewer bytes is exact.
        return VECTORS.has(size) && address < bufferEnd && this.#pass(batch, row, buffer).first;
      case "bounded":
        return address < bufferEnd || this.#pass(batch, row, buffer).start < bufferEnd;
      case undefined:
        return size > LARGEST_SCALAR && this.#ends(batch, row, buffer, 1);
      case "terminated":
        return this.#ends(batch, row, buffer, reads!.unit);
      default:
        return false;
    }
  }

  #pass(batch: AccessBatch, row: number, buffer: JudgedBuffer) {
    const isSame = this.#code.isSameFunction(batch.ip[row]!);
    return passStart(batch, row, buffer, isSame);
  }

  /** The string that is being read has its NUL within `buffer`. */
  #ends(batch: AccessBatch, row: number, buffer: JudgedBuffer, unit: number): boolean {
    const now = this.#texts.of(buffer);
    const before = buffer.before ?? now;
    // Nothing to judge by.
    if (!now && !before) return true;
    const isZero = (at: number) => (this.written(buffer, at) ? now : before)?.[at] === 0;
    const from = this.#pass(batch, row, buffer).start - buffer.address;
    for (let at = from - (from % unit); at + unit <= buffer.size; at += unit) {
      let zeros = 0;
      while (zeros < unit && isZero(at + zeros)) zeros++;
      if (zeros === unit) return true;
    }
    return false;
  }
}
