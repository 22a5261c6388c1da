import type { AccessBatch } from "../model/index.js";
import type { BufferTexts } from "./buffer-texts.js";
import type { CallFacts, JudgedBuffer } from "./call-facts.js";
import { Comparison } from "./comparisons.js";
import { type Arguments, type ByteSpan, CountedCall } from "./counted-functions.js";
import { EnteredCalls } from "./entered-calls.js";
import { baseName } from "./glibc-reads.js";
import type { LibcCode } from "./libc-code.js";
import type { UndecidedRead } from "./undecided-reads.js";

/** The bytes of a buffer that were written before the access that is judged. */
export type WrittenBytes = (buffer: JudgedBuffer, offset: number) => boolean;

/** Which bytes a call of a counted function had to read: as C has it, by its arguments and what they hold. */
export class CountedReads {
  readonly #entered = new EnteredCalls();
  /** They were under way when the batch before ended. */
  #open: Comparison[] = [];

  constructor(
    private readonly buffers: readonly JudgedBuffer[],
    private readonly facts: CallFacts,
    private readonly code: LibcCode,
    private readonly texts: BufferTexts,
    private readonly written: WrittenBytes,
  ) {}

  /** `batch` is about to be judged. */
  comes(batch: AccessBatch): void {
    for (const comparison of this.#open) comparison.follow(batch, 0);
    this.#open = this.#open.filter(({ isOver }) => !isOver);
  }

  /** All of `batch` was judged. */
  passed(batch: AccessBatch): void {
    this.#entered.passed(batch);
  }

  /**
   * The call of the function that made the read in row `row`, where it is known how far that counts: what
   * its thread has entered last, or the traced call itself.
   */
  callAt(batch: AccessBatch, row: number): CountedCall | null {
    const name = this.code.functionOf(batch.ip[row]!);
    const call = this.#enteredAt(batch, row, name) ?? this.#tracedCall(name);
    return call?.limit === null ? null : call;
  }

  /** Those of the bytes `all`, in no buffer, that `call` had to read; row `row` has. Null for none. */
  needed(
    call: CountedCall,
    batch: AccessBatch,
    row: number,
    all: ByteSpan,
  ): ByteSpan | UndecidedRead | null {
    const { start, end } = all;
    const most = call.among(call.limit ?? 0, start, end);
    if (most === null || call.readsAll) return most;
    if (this.#wasWritten(call)) {
      return call.compares ? this.#compared(call, batch, row, most) : { call, ...most };
    }
    const needed = this.texts.neededBy(call, end, "before");
    if (needed !== null) return call.among(needed, start, end);
    if (call.compares) return this.#compared(call, batch, row, most);
    // Nobody knows what is there: it is looked at all the same.
    return call.among(Math.min(call.unit, call.limit!), start, end);
  }

  #compared(
    call: CountedCall,
    batch: AccessBatch,
    row: number,
    { start, end }: ByteSpan,
  ): ByteSpan | UndecidedRead | null {
    const isSame = this.code.isSameFunction(batch.ip[row]!);
    const comparison = new Comparison(
      call,
      batch.thread[row]!,
      (of, at) => isSame(of.ip[at]!) && (this.callAt(of, at)?.isAs(call) ?? true),
    );
    comparison.follow(batch, row);
    if (comparison.isOver) return call.among(comparison.needed, start, end);
    this.#open.push(comparison);
    return { call, start, end, comparison };
  }

  #enteredAt(batch: AccessBatch, row: number, name: string | null): CountedCall | null {
    const entered = name === null ? null : this.#entered.at(batch, row);
    if (!entered || this.code.functionOf(entered.entry) !== name) return null;
    return CountedCall.of(baseName(name!), entered.args);
  }

  #tracedCall(name: string | null): CountedCall | null {
    const { function: called } = this.facts;
    if (!called || (name !== null && baseName(name) !== called)) return null;
    return CountedCall.of(called, this.#ownArguments());
  }

  /** Those of the traced call: the buffers' addresses, and the integers. */
  #ownArguments(): Arguments {
    const args = [...(this.facts.integers ?? [])];
    for (const { arg, address } of this.buffers) if (arg >= 0) args[arg] = BigInt(address);
    return Array.from(args, (value) => value ?? null);
  }

  /** The call has written, or nobody had, what one of its functions reads. */
  #wasWritten(call: CountedCall): boolean {
    return call.pointers.some((pointer) => {
      const buffer = this.texts.bufferAt(Number(pointer));
      if (!buffer) return false;
      if (!buffer.before) return true;
      for (let at = Number(pointer) - buffer.address; at < buffer.size; at++) {
        if (this.written(buffer, at)) return true;
      }
      return false;
    });
  }
}
