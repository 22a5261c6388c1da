import type { TraceeAddress } from "../../model/index.js";
import type { Form } from "./form.js";

/** What an instruction does with a memory operand. A `read-write` reads first. */
export type OperandKind = "read" | "write" | "read-write";

/** A memory operand before registers are known: `segment:[base + index*scale + displacement]`. */
export interface MemoryOperand {
  /** The other segments begin at 0 in 64-bit mode (SDM vol. 1, 3.4.2.1). */
  readonly segment: "flat" | "fs" | "gs";
  /** General register number, or null. */
  readonly base: number | null;
  /** General register number, or null. A vector index is in the form instead. */
  readonly index: number | null;
  /** 8 for `xlat`, whose index is al. */
  readonly indexBits: 8 | 64;
  readonly scale: number;
  /** In bytes, signed; with `ripRelative` the absolute address. */
  readonly displacement: bigint;
  readonly ripRelative: boolean;
  /** The sum is taken modulo 2 to this, before the segment's base is added. */
  readonly addressBits: 32 | 64;
  readonly kind: OperandKind;
  /** In bytes, of the whole operand, or of one element where the form has many. 0: not known. */
  readonly size: number;
  /** Encoded in the instruction (ModRM or moffs), as opposed to stack, string and other implied ones. */
  readonly explicit: boolean;
}

/** What {@link accessesOf} must be given for an instruction, beyond the general registers before it. */
export interface Needs {
  /** The extended state before: vector(), opmask(), mmx(), xcr0() or xinuse(). */
  readonly vectors: boolean;
  /** The general registers after; without them some writes stay uncertain and some runs unknown. */
  readonly after: boolean;
  /** Memory before, to read a save area's header. */
  readonly memory: boolean;
}

/** The static facts of one instruction at one address. Plain data: it can be cached for good. */
export interface DecodedInstruction {
  readonly ip: TraceeAddress;
  /** In bytes; 0 when the bytes are no instruction. */
  readonly length: number;
  readonly form: Form;
  /** In order of execution. */
  readonly operands: readonly MemoryOperand[];
  readonly needs: Needs;
  /** It stores the flags: `pushf`. */
  readonly pushesFlags: boolean;
}

/** As iced has it. */
export interface IcedInstruction extends DecodedInstruction {
  /** iced's `Code`. */
  readonly code: number;
  /** iced's `Mnemonic`. */
  readonly mnemonic: number;
}
