import {
  Code,
  type Instruction,
  type InstructionInfo,
  MemorySize,
  MemorySizeExt,
  Mnemonic,
  OpAccess,
  OpKind,
  Register,
  type UsedMemory,
} from "./iced-x86.js";
import type { MemoryOperand, OperandKind } from "./instruction.js";

/** The memory operands of an instruction, explicit and implied, in order of execution. */
export function operandsOf(instruction: Instruction, info: InstructionInfo): MemoryOperand[] {
  const explicitAccess = explicitAccessOf(instruction, info);
  const operands = info.usedMemory().map((used: UsedMemory) => {
    const operand = operandOf(instruction, used, explicitAccess);
    used.free();
    return operand;
  });
  if (instruction.mnemonic === Mnemonic.Clzero) operands.push(clzeroOperand(instruction));
  // iced lists the destination first; `enter` alternates, and iced has its order right.
  if (instruction.mnemonic === Mnemonic.Enter) return operands;
  return [
    ...operands.filter((o) => o.kind !== "write"),
    ...operands.filter((o) => o.kind === "write"),
  ];
}

/** The access of the ModRM or moffs operand, or null. */
function explicitAccessOf(instruction: Instruction, info: InstructionInfo): OpAccess | null {
  for (let n = 0; n < instruction.opCount; n++) {
    if (instruction.opKind(n) === OpKind.Memory) return info.opAccess(n);
  }
  return null;
}

function operandOf(
  instruction: Instruction,
  used: UsedMemory,
  explicitAccess: OpAccess | null,
): MemoryOperand {
  const ripRelative = instruction.isIpRelMemoryOperand;
  const explicit = used.access === explicitAccess && instruction.mnemonic !== Mnemonic.Xlatb;
  return {
    segment: segmentOf(used.segment),
    base: gprNumber(used.base),
    index: used.index === Register.AL ? 0 : gprNumber(used.index),
    indexBits: used.index === Register.AL ? 8 : 64,
    scale: used.scale,
    displacement: BigInt.asIntN(64, used.displacement),
    ripRelative: ripRelative && explicit,
    addressBits: addressBitsOf(instruction, used),
    kind: kindOf(used.access),
    size: sizeOf(instruction, used),
    explicit,
  };
}

/** iced does not list it: the cache line around rax. */
function clzeroOperand(instruction: Instruction): MemoryOperand {
  return {
    segment: segmentOf(instruction.segmentPrefix),
    base: 0,
    index: null,
    indexBits: 64,
    scale: 1,
    displacement: 0n,
    ripRelative: false,
    addressBits: instruction.code === Code.Clzerod ? 32 : 64,
    kind: "write",
    size: 64,
    explicit: false,
  };
}

/** `fxsave` and `fxrstor` leave alone the last 96 of their 512 bytes (SDM vol. 1, 10.5.1). */
const FXSAVE_BYTES = 416;
const FXSAVE: ReadonlySet<MemorySize> = new Set([
  MemorySize.Fxsave_512Byte,
  MemorySize.Fxsave64_512Byte,
]);

/** iced has no size for what a repeated string instruction accesses: take that of an element. */
function sizeOf(instruction: Instruction, used: UsedMemory): number {
  if (FXSAVE.has(used.memorySize)) return FXSAVE_BYTES;
  const size = MemorySizeExt.size(used.memorySize);
  return size === 0 && instruction.isStringInstruction
    ? MemorySizeExt.size(instruction.memorySize)
    : size;
}

function kindOf(access: OpAccess): OperandKind {
  if (access === OpAccess.Write || access === OpAccess.CondWrite) return "write";
  return access === OpAccess.ReadWrite || access === OpAccess.ReadCondWrite ? "read-write" : "read";
}

function segmentOf(segment: Register): MemoryOperand["segment"] {
  if (segment === Register.FS) return "fs";
  return segment === Register.GS ? "gs" : "flat";
}

/** Encoding number of a 32- or 64-bit general register, or null for any other. */
function gprNumber(register: Register): number | null {
  if (register >= Register.RAX && register <= Register.R15) return register - Register.RAX;
  if (register >= Register.EAX && register <= Register.R15D) return register - Register.EAX;
  return null;
}

/** An operand without a 64-bit register takes its size from the encoding: 4 bytes of displacement. */
function addressBitsOf(instruction: Instruction, used: UsedMemory): 32 | 64 {
  const is32 = (r: Register) => r >= Register.EAX && r <= Register.R15D;
  if (is32(used.base) || is32(used.index)) return 32;
  if (used.base !== Register.None) return 64;
  if (instruction.isIpRelMemoryOperand) return instruction.memoryBase === Register.EIP ? 32 : 64;
  return instruction.memoryDisplSize === 4 ? 32 : 64;
}
