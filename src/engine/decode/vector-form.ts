import { type Instruction, MemorySizeExt, Mnemonic, OpKind, Register, RegisterExt } from "iced-x86";
import type { Form, Indexed, Mask } from "./form.js";
import type { MemoryOperand } from "./instruction.js";
import { LOADS_IN_FULL, PACKED, READS_WHOLE } from "./masked-instructions.js";

/** The form of an instruction whose memory operand a mask selects from, or null. */
export function vectorFormOf(instruction: Instruction, operand: MemoryOperand): Form | null {
  if (instruction.isVsib) return indexedForm(instruction, operand);
  const mask = signMaskOf(instruction, operand);
  if (mask) return { tag: "masked", extent: "elements", mask };
  if (!instruction.hasOpMask) return null;
  if (operand.kind === "read" && LOADS_IN_FULL.has(instruction.mnemonic)) return null;
  return opmaskForm(instruction, operand);
}

function opmaskForm(instruction: Instruction, operand: MemoryOperand): Form {
  const { mnemonic } = instruction;
  const whole = instruction.isBroadcast || READS_WHOLE.has(mnemonic);
  const elementBytes = whole ? operand.size : elementBytesOf(instruction, operand);
  const count = whole ? maskBitsOf(instruction) : operand.size / elementBytes;
  const extent = whole ? "whole" : PACKED.has(mnemonic) ? "packed" : "elements";
  return { tag: "masked", extent, mask: opmask(instruction, count, elementBytes) };
}

function opmask(instruction: Instruction, count: number, elementBytes: number): Mask {
  return { source: "opmask", register: instruction.opMask - Register.K0, count, elementBytes };
}

/** Bytes of memory for each mask bit. Where a broadcast is possible, that is what it reads. */
function elementBytesOf(instruction: Instruction, operand: MemoryOperand): number {
  const { opCode } = instruction;
  try {
    if (opCode.canBroadcast) return MemorySizeExt.size(opCode.broadcastMemorySize);
    if (operand.size <= 8 && isScalar(instruction)) return operand.size;
    return MemorySizeExt.elementSize(instruction.memorySize);
  } finally {
    opCode.free();
  }
}

function isScalar(instruction: Instruction): boolean {
  return [Mnemonic.Vfmaddcsh, Mnemonic.Vfcmaddcsh, Mnemonic.Vfmulcsh, Mnemonic.Vfcmulcsh].includes(
    instruction.mnemonic,
  );
}

/** Mask bits that count for an operand that is accessed as a whole: elements of the destination. */
function maskBitsOf(instruction: Instruction): number {
  return (
    RegisterExt.size(instruction.opRegister(0)) / MemorySizeExt.elementSize(instruction.memorySize)
  );
}

/** `vmaskmov`, `vpmaskmov` and `maskmov`: a vector's sign bits are the mask. */
function signMaskOf(instruction: Instruction, operand: MemoryOperand): Mask | null {
  switch (instruction.mnemonic) {
    case Mnemonic.Vmaskmovps:
    case Mnemonic.Vmaskmovpd:
    case Mnemonic.Vpmaskmovd:
    case Mnemonic.Vpmaskmovq:
      return signs(
        instruction.opRegister(1),
        operand,
        MemorySizeExt.elementSize(instruction.memorySize),
      );
    case Mnemonic.Maskmovq:
    case Mnemonic.Maskmovdqu:
    case Mnemonic.Vmaskmovdqu:
      return signs(instruction.opRegister(2), operand, 1);
    default:
      return null;
  }
}

function signs(register: Register, operand: MemoryOperand, elementBytes: number): Mask {
  const mmx = RegisterExt.isMM(register);
  return {
    source: mmx ? "mmx-signs" : "vector-signs",
    register: RegisterExt.number(register),
    count: operand.size / elementBytes,
    elementBytes,
  };
}

function indexedForm(instruction: Instruction, operand: MemoryOperand): Indexed {
  const data = instruction.opRegister(instruction.opKind(0) === OpKind.Register ? 0 : 1);
  const index = instruction.memoryIndex;
  const indexBytes = instruction.isVsib64 ? 8 : 4;
  // Of unequal vectors the shorter one, in elements, counts.
  const count = Math.min(
    RegisterExt.size(data) / operand.size,
    RegisterExt.size(index) / indexBytes,
  );
  const mask: Mask = instruction.hasOpMask
    ? opmask(instruction, count, operand.size)
    : {
        source: "vector-signs",
        register: RegisterExt.number(instruction.opRegister(2)),
        count,
        elementBytes: operand.size,
      };
  return { tag: "indexed", mask, index: RegisterExt.number(index), indexBytes };
}
