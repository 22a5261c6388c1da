import type { TraceeAddress } from "../../model/index.js";
import type { Masked } from "../../x86/decode/index.js";

/** Of a record in the log, in bytes. */
export const RECORD_SIZE = 8;

/**
 * How an access of a block follows from what the block has logged.
 * - `redirected`: it lies in traced memory for certain, or it would have faulted.
 * - `checked`: it may lie elsewhere, and then is none of ours.
 * - `masked`: an opmask, logged too, selects elements; they may lie elsewhere.
 * - `exchange`: it has happened if bit 0 of another record is set; it may lie elsewhere.
 * - `entry`: no access: a function is entered, and its first four arguments are logged.
 * - `run`: a string instruction: its pointer is logged before and after; it may lie elsewhere.
 */
export type TemplateKind = "redirected" | "checked" | "masked" | "exchange" | "run" | "entry";

export interface TemplateAccess {
  readonly kind: TemplateKind;
  /** Which of the block's records has the address; -1 where `offset` is all of it. */
  readonly record: number;
  /** Added to what was logged, in bytes; for `run`, which record has the pointer afterwards. */
  readonly offset: number;
  /** In bytes; of an element for `run`. */
  readonly size: number;
  /** AccessFlag bits. */
  readonly flags: number;
  readonly ip: TraceeAddress;
  /** Position of its instruction in the block. */
  readonly instruction: number;
  readonly form: Masked | null;
  /** Which record has the opmask, or the zero flag of an `exchange`; -1 for none. */
  readonly mask: number;
}

/** What one execution of a block accesses, in order, given its records. */
export interface Template {
  /** Of the block in the program. */
  readonly block: TraceeAddress;
  /** Records that the block appends to the log, 8 bytes each. */
  readonly records: number;
  readonly accesses: readonly TemplateAccess[];
  /** Null where some access takes more than a look at its record. */
  readonly columns: TemplateColumns | null;
}

/** Accesses that are all `redirected`, a row each. */
export interface TemplateColumns {
  /** Of the block in the program. */
  readonly block: TraceeAddress;
  readonly length: number;
  readonly record: Int8Array;
  readonly offset: Float64Array;
  readonly size: Float64Array;
  readonly ip: Float64Array;
  readonly flags: Uint8Array;
}

/** Of one block. */
class BlockTemplate implements Template {
  readonly #isPlain: boolean;
  /** Most blocks that are translated are never run. */
  #columns: TemplateColumns | null = null;

  constructor(
    readonly block: TraceeAddress,
    readonly records: number,
    readonly accesses: readonly TemplateAccess[],
  ) {
    this.#isPlain = accesses.every(({ kind }) => kind === "redirected");
  }

  get columns(): TemplateColumns | null {
    if (!this.#isPlain) return null;
    this.#columns ??= columnsOf(this.block, this.accesses);
    return this.#columns;
  }
}

export function templateOf(
  block: TraceeAddress,
  records: number,
  accesses: readonly TemplateAccess[],
): Template {
  return new BlockTemplate(block, records, accesses);
}

function columnsOf(block: TraceeAddress, accesses: readonly TemplateAccess[]): TemplateColumns {
  return {
    block,
    length: accesses.length,
    record: Int8Array.from(accesses, ({ record }) => record),
    offset: Float64Array.from(accesses, ({ offset }) => offset),
    size: Float64Array.from(accesses, ({ size }) => size),
    ip: Float64Array.from(accesses, ({ ip }) => ip),
    flags: Uint8Array.from(accesses, ({ flags }) => flags),
  };
}
