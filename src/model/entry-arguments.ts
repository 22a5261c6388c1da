import type { Tid, TraceeAddress } from "./address.js";

/** Arguments in registers that are told of a call (System V ABI 3.2.3): rdi, rsi, rdx, rcx. */
export const ARGUMENTS_TOLD = 4;

/**
 * What functions were entered with, as columns beside those of an {@link AccessBatch}: told of libc's
 * counted string functions, for how far they may read is in their arguments.
 */
export interface EntryArguments {
  readonly length: number;
  /** How many accesses of the batch came before. */
  readonly row: Uint32Array;
  /** The function's first instruction. */
  readonly entry: Float64Array;
  readonly thread: Int32Array;
  /** Bit i: argument i is known. */
  readonly known: Uint8Array;
  /** {@link ARGUMENTS_TOLD} a function. */
  readonly values: BigUint64Array;
}

/** Argument `index` of function `at` of `all`; null where it is not known. */
export function entryArgument(all: EntryArguments, at: number, index: number): bigint | null {
  return all.known[at]! & (1 << index) ? all.values[at * ARGUMENTS_TOLD + index]! : null;
}

/** Collects them for a batch. */
export class EntryArgumentList {
  #room = 0;
  #length = 0;
  #row = new Uint32Array(0);
  #entry = new Float64Array(0);
  #thread = new Int32Array(0);
  #known = new Uint8Array(0);
  #values = new BigUint64Array(0);

  add(row: number, entry: TraceeAddress, thread: Tid, values: readonly (bigint | null)[]): void {
    const at = this.#length;
    if (at === this.#room) this.#grow();
    this.#length = at + 1;
    this.#row[at] = row;
    this.#entry[at] = entry;
    this.#thread[at] = thread;
    let known = 0;
    for (let i = 0; i < ARGUMENTS_TOLD; i++) {
      const value = values[i] ?? null;
      if (value !== null) known |= 1 << i;
      this.#values[at * ARGUMENTS_TOLD + i] = value ?? 0n;
    }
    this.#known[at] = known;
  }

  /** What was added since the last time, a copy; undefined for nothing. */
  take(): EntryArguments | undefined {
    const length = this.#length;
    if (length === 0) return undefined;
    this.#length = 0;
    return {
      length,
      row: this.#row.slice(0, length),
      entry: this.#entry.slice(0, length),
      thread: this.#thread.slice(0, length),
      known: this.#known.slice(0, length),
      values: this.#values.slice(0, length * ARGUMENTS_TOLD),
    };
  }

  #grow(): void {
    this.#room = Math.max(64, this.#room * 2);
    this.#row = grown(new Uint32Array(this.#room), this.#row);
    this.#entry = grown(new Float64Array(this.#room), this.#entry);
    this.#thread = grown(new Int32Array(this.#room), this.#thread);
    this.#known = grown(new Uint8Array(this.#room), this.#known);
    this.#values = grown(new BigUint64Array(this.#room * ARGUMENTS_TOLD), this.#values);
  }
}

function grown<Column extends { set(from: Column): void }>(to: Column, from: Column): Column {
  to.set(from);
  return to;
}
