import type { Form, Indexed, Mask } from "./form.js";
import {
  type Instruction,
  MemorySizeExt,
  Mnemonic,
  OpKind,
  Register,
  RegisterExt,
} from "./iced-x86.js";
import type { MemoryOperand } from "./instruction.js";
import { BROADCASTS, COMPLEX_SCALARS, loadsInFull, PACKED } from "./masked-instructions.js";

/** The form of an instruction whose memory operand a mask selects from, or null. */
export function vectorFormOf(instruction: Instruction, operand: MemoryOperand): Form | null {
  if (instruction.isVsib) return indexedForm(instruction, operand);
  const mask = signMaskOf(instruction, operand);
  if (mask) return { tag: "masked", packed: false, mask };
  if (!instruction.hasOpMask || loadsInFull(instruction, operand)) return null;
  return opmaskForm(instruction);
}

function opmaskForm(instruction: Instruction): Form {
  const { mnemonic } = instruction;
  const elementBytes = elementBytesOf(instruction);
  const count = BROADCASTS.has(mnemonic)
    ? RegisterExt.size(instruction.opRegister(0)) / elementBytes
    : unbroadcastSizeOf(instruction) / elementBytes;
  const mask = opmask(instruction, count, elementBytes);
  return { tag: "masked", packed: PACKED.has(mnemonic), mask };
}

function opmask(instruction: Instruction, count: number, elementBytes: number): Mask {
  return { source: "opmask", register: instruction.opMask - Register.K0, count, elementBytes };
}

/** Bytes of memory for each mask bit. Where a broadcast is possible, that is what it reads. */
function elementBytesOf(instruction: Instruction): number {
  const { opCode } = instruction;
  const { canBroadcast, broadcastMemorySize, memorySize } = opCode;
  opCode.free();
  if (canBroadcast) return MemorySizeExt.size(broadcastMemorySize);
  // A complex scalar: two halves, one mask bit.
  if (COMPLEX_SCALARS.has(instruction.mnemonic)) return MemorySizeExt.size(memorySize);
  return MemorySizeExt.elementSize(memorySize);
}

/** Size of the memory operand in its form without embedded broadcast, in bytes. */
function unbroadcastSizeOf(instruction: Instruction): number {
  const { opCode } = instruction;
  const size = MemorySizeExt.size(opCode.memorySize);
  opCode.free();
  return size;
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
