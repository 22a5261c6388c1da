import type { Masked } from "../decode/index.js";
import { Encoding, type RawInstruction, rawDisplacement } from "./raw-instruction.js";
import type { FieldName } from "./register-fields.js";

/**
 * Where the program goes on after an instruction. `leave`: the instruction must not run in a
 * fragment.
 */
export type Flow =
  | "next"
  | "jump"
  | "branch"
  | "call"
  | "return"
  | "indirect-jump"
  | "indirect-call"
  | "leave";

/**
 * What its memory operand is to a fragment.
 * - `none`: there is none, or only implied ones that a fragment does not exchange (the stack, strings).
 * - `address`: it is named and not accessed (`lea`, `nop`).
 * - `plain`: all of it is accessed, and a segment prefix moves it.
 * - `exchange`: as plain, but written only where the zero flag is set afterwards (`cmpxchg`).
 * - `masked`: as plain, but an opmask register selects elements.
 * - `indexed`: its index is a vector register (gathers and scatters).
 * - `special`: anything else.
 */
export type MemoryForm =
  | "none"
  | "address"
  | "plain"
  | "masked"
  | "exchange"
  | "indexed"
  | "special";

/** A field of the encoding that names a general register. */
export interface GprField {
  readonly field: FieldName;
  readonly read: boolean;
  readonly write: boolean;
  /** The write replaces all 64 bits. */
  readonly whole: boolean;
  /** Of 8 bits: without REX, numbers from 4 on are `ah`, `ch`, `dh` and `bh`. */
  readonly isByte: boolean;
}

/** What instructions have in common that differ only in registers, displacement and immediate. */
export interface EncodingClass {
  /** In bytes. */
  readonly immediateSize: number;
  readonly flow: Flow;
  readonly memory: MemoryForm;
  readonly kind: "read" | "write" | "read-write";
  /** Of the memory operand, in bytes. */
  readonly size: number;
  /** What a displacement of one byte is multiplied by (SDM vol. 2A, 2.7.5). */
  readonly displacementScale: number;
  /** Without those of the memory operand. */
  readonly registers: readonly GprField[];
  /** General registers that it writes without naming them, as bits. */
  readonly impliedWrites: number;
  /** Of a masked operand: which elements the mask selects. */
  readonly masked: Masked | null;
}

/** `loop` and `jrcxz`, which look at rcx. */
export function isLoop({ map, bytes, opcodeAt, encoding }: RawInstruction): boolean {
  const opcode = bytes[opcodeAt]!;
  return encoding === Encoding.legacy && map === 0 && opcode >= 0xe0 && opcode <= 0xe3;
}

/** The displacement in bytes. */
export function displacementOf(raw: RawInstruction, encodingClass: EncodingClass): number {
  const displacement = rawDisplacement(raw);
  return raw.displacementSize === 1 ? displacement * encodingClass.displacementScale : displacement;
}
