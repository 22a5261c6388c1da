import { type AccessBatch, AccessFlag, type HeapBuffer, pageOf } from "../model/index.js";
import type { CallFacts, JudgedBuffer } from "./call-facts.js";
import { type Arguments, CountedCall, type TextAt } from "./counted-functions.js";
import { EnteredCalls } from "./entered-calls.js";
import { baseName, type FunctionReads, readsOf } from "./glibc-reads.js";
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

/** The bytes of a buffer that were written before the access that is judged. */
export type WrittenBytes = (buffer: HeapBuffer, offset: number) => boolean;

/** Code that may read whole blocks. */
const GLIBC = /^(libc|ld-linux-x86-64)\.so\.\d+$/;

const NO_LICENCE: FunctionReads = { habit: "exact", unit: 1, aligned: true };

/** Tells glibc's reads of whole blocks, which are by design, from over-reads. */
export class BlockReads {
  readonly #habits = new Map<number, FunctionReads | null>();
  /** A batch may begin in the middle of a string. */
  readonly #recent = new RecentRows(LOOKBACK);
  readonly #entered = new EnteredCalls();
  /** What buffers hold while the current batch is judged. To read one may copy it: each is read once. */
  readonly #contents = new Map<HeapBuffer, Uint8Array | null>();

  constructor(
    private readonly buffers: readonly JudgedBuffer[],
    private readonly facts: CallFacts,
    private readonly written: WrittenBytes,
  ) {}

  /** All of `batch` was judged. */
  passed(batch: AccessBatch): void {
    this.#recent.push(batch);
    this.#entered.passed(batch);
    this.#contents.clear();
  }

  /**
   * Where the offending part of bytes `[start, end)` ends: they lie between `before` and `after`,
   * and row `at` of batch `of` read them. `start` itself where all are by design. What depends on
   * contents that the call has written is undecided until it is over.
   */
  offendingEnd(
    of: AccessBatch,
    at: number,
    start: number,
    end: number,
    before: JudgedBuffer | null,
    after: JudgedBuffer | null,
  ): number | UndecidedRead {
    if (of.flags[at]! & (AccessFlag.KERNEL | AccessFlag.UNKNOWN)) return end;
    const reads = this.#readsAt(of.ip[at]!);
    if (reads?.habit === "exact") return end;
    const { batch, row } = this.#recent.before(of, at);
    const inBefore = before !== null && batch.address[row]! < before.address + before.size;
    if (!inBefore && after && this.#underReads(reads, batch, row, start, after)) return start;
    if (!before || !this.#overReads(reads, batch, row, end, before)) return end;
    const call = this.#callAt(of, at, before);
    return call === null ? start : this.#neededEnd(call, before, start, end);
  }

  /** How far `call`, which has read to `end`, had to read behind `buffer`. */
  #neededEnd(
    call: CountedCall,
    buffer: JudgedBuffer,
    start: number,
    end: number,
  ): number | UndecidedRead {
    const bufferEnd = buffer.address + buffer.size;
    const { limit } = call;
    const pointer = call.pointersIn(buffer.address, bufferEnd)[0];
    if (pointer === undefined || limit === null) return start;
    const furthest = Math.min(end, Number(pointer) + limit);
    if (furthest <= start || call.readsAll) return Math.max(start, furthest);
    if (this.#wasWritten(call)) return { call, pointer, start, end };
    const needed = call.needed(pointer, this.#textBefore);
    return needed === null ? start : Math.max(start, Math.min(end, Number(pointer) + needed));
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
    if (!this.#isGlibc(ip)) return NO_LICENCE;
    const name = this.#functionOf(ip);
    if (name !== null) return readsOf(name) ?? NO_LICENCE;
    return readsOf(this.facts.function ?? "");
  }

  #isGlibc(ip: number): boolean {
    return GLIBC.test(this.facts.code?.imageOf(ip) ?? "");
  }

  #functionOf(ip: number): string | null {
    return this.facts.code?.functionOf(ip) ?? null;
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
    buffer: HeapBuffer,
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
    return touchesNearby(batch, row, buffer, this.#isSameFunction(batch.ip[row]!));
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
    if (buffer.size === 0 || pageOf(end - 1) !== pageOf(bufferEnd - 1)) return false;
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

  #pass(batch: AccessBatch, row: number, buffer: HeapBuffer) {
    const isSame = this.#isSameFunction(batch.ip[row]!);
    return passStart(batch, row, buffer, isSame);
  }

  #isSameFunction(ip: number): (other: number) => boolean {
    const name = this.#functionOf(ip);
    return (other) => this.#isGlibc(other) && this.#functionOf(other) === name;
  }

  /** The string that is being read has its NUL within `buffer`. */
  #ends(batch: AccessBatch, row: number, buffer: JudgedBuffer, unit: number): boolean {
    const now = this.#contentOf(buffer);
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

  /**
   * The call of the function that made the read in row `row`, with its arguments: what its thread has
   * entered last, or the traced call itself.
   */
  #callAt(batch: AccessBatch, row: number, buffer: JudgedBuffer): CountedCall | null {
    const name = this.#functionOf(batch.ip[row]!);
    const entered = this.#entered.at(batch, row);
    if (entered && name !== null && this.#functionOf(entered.entry) === name) {
      return CountedCall.of(baseName(name), entered.args);
    }
    const { function: called } = this.facts;
    const isTraced = called && buffer.arg >= 0 && (name === null || baseName(name) === called);
    return isTraced ? CountedCall.of(called, this.#ownArguments()) : null;
  }

  /** Those of the traced call: the buffers' addresses, and the integers. */
  #ownArguments(): Arguments {
    const args = [...(this.facts.integers ?? [])];
    for (const { arg, address } of this.buffers) if (arg >= 0) args[arg] = BigInt(address);
    return Array.from(args, (value) => value ?? null);
  }

  /** The call has written, or nobody had, what one of its functions reads. */
  #wasWritten(call: CountedCall): boolean {
    return this.buffers.some((buffer) => {
      const end = buffer.address + buffer.size;
      const [pointer] = call.pointersIn(buffer.address, end);
      if (pointer === undefined) return false;
      if (!buffer.before) return true;
      for (let at = Number(pointer) - buffer.address; at < buffer.size; at++) {
        if (this.written(buffer, at)) return true;
      }
      return false;
    });
  }

  /** What a buffer held before the call, from an address in it on. */
  readonly #textBefore: TextAt = (address) => {
    const at = Number(address);
    const buffer = this.#bufferAt(at);
    return buffer?.before?.subarray(at - buffer.address) ?? null;
  };

  /** What a buffer holds now that the call is over, from an address in it on. */
  readonly textNow: TextAt = (address) => {
    const at = Number(address);
    const buffer = this.#bufferAt(at);
    return (buffer && this.#contentOf(buffer)?.subarray(at - buffer.address)) ?? null;
  };

  /** The buffer that holds `address`, or ends there. */
  #bufferAt(at: number): JudgedBuffer | undefined {
    return this.buffers.find(({ address, size }) => at >= address && at <= address + size);
  }

  #contentOf(buffer: HeapBuffer): Uint8Array | null {
    let content = this.#contents.get(buffer);
    if (content === undefined) {
      content = this.facts.memory?.contentOf(buffer) ?? null;
      this.#contents.set(buffer, content);
    }
    return content;
  }
}
