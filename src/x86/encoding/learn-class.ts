import type { TraceeAddress } from "../../model/index.js";
import {
  Decoder,
  DecoderOptions,
  FlowControl,
  Instruction,
  InstructionInfoFactory,
  Mnemonic,
  OpAccess,
  OpCodeOperandKind,
  OpKind,
  RegisterExt,
} from "../decode/iced-x86.js";
import { type DecodedInstruction, decodeInstruction, type Masked } from "../decode/index.js";
import {
  type EncodingClass,
  type Flow,
  type GprField,
  isLoop,
  type MemoryForm,
} from "./encoding-class.js";
import {
  Encoding,
  hasMemoryOperand,
  isRipRelative,
  LegacyPrefix,
  type RawInstruction,
} from "./raw-instruction.js";
import { Field, type FieldName } from "./register-fields.js";

const instruction = new Instruction();
const infoFactory = new InstructionInfoFactory();

/** Asks iced. Null where the instruction has no encoding class that a fragment can use. */
export function learnClass(given: RawInstruction): EncodingClass | null {
  const raw = withTwoRegisters(given);
  const example = decodeInstruction(raw.bytes, 0 as TraceeAddress);
  if (example.length === 0 || example.length < raw.headLength) return null;
  const displacementScale = displacementScaleOf(raw);
  decodeWithIced(raw.bytes);
  const memory = memoryFormOf(raw, example);
  const operand = example.operands[0];
  return {
    immediateSize: example.length - raw.headLength,
    flow: flowOf(raw, example),
    memory,
    kind: operand?.kind ?? "read",
    size: operand?.size ?? 0,
    displacementScale,
    ...registersOf(raw),
    masked: memory === "masked" ? (example.form as Masked) : null,
  };
}

/**
 * iced says that `xor eax, eax` and the like read nothing: gives an example two different
 * registers.
 */
function withTwoRegisters(raw: RawInstruction): RawInstruction {
  decodeWithIced(raw.bytes);
  const isOne =
    instruction.opCount === 2 &&
    instruction.opKind(0) === OpKind.Register &&
    instruction.opKind(1) === OpKind.Register &&
    instruction.opRegister(0) === instruction.opRegister(1);
  if (!isOne || raw.modrmAt < 0) return raw;
  const { code } = instruction;
  const bytes = Uint8Array.from(raw.bytes);
  bytes[raw.modrmAt]! ^= 1;
  decodeWithIced(bytes);
  return instruction.code === code ? { ...raw, bytes } : raw;
}

function decodeWithIced(bytes: Uint8Array): void {
  const decoder = new Decoder(64, bytes, DecoderOptions.None);
  decoder.decodeOut(instruction);
  decoder.free();
}

/** What iced makes of the same instruction with a displacement of one byte, 1. */
function displacementScaleOf(raw: RawInstruction): number {
  if (raw.encoding !== Encoding.evex || !hasMemoryOperand(raw)) return 1;
  const { bytes, modrmAt, hasSib } = raw;
  const head = bytes.slice(0, modrmAt + (hasSib ? 2 : 1));
  head[modrmAt] = (head[modrmAt]! & 0x3f) | 0x40;
  decodeWithIced(Uint8Array.from([...head, 1, ...new Uint8Array(8)]));
  return Number(BigInt.asIntN(32, instruction.memoryDisplacement));
}

/** Condition code `e`, in encoding order. */
const EQUAL = 4;

function memoryFormOf(raw: RawInstruction, { form, operands }: DecodedInstruction): MemoryForm {
  const names = hasMemoryOperand(raw);
  if (!names) return operands.length === 0 || isStackOnly(operands) ? "none" : "special";
  if (form.tag === "none") return "address";
  const operand = operands[0];
  const movable =
    operands.length === 1 &&
    operand!.explicit &&
    operand!.segment === "flat" &&
    operand!.addressBits === 64 &&
    (raw.prefixes & (LegacyPrefix.otherSegment | LegacyPrefix.fs | LegacyPrefix.gs)) === 0;
  if (form.tag === "indexed") return "indexed";
  if (isBranch(raw)) return "plain"; // `jmp` and `call` through memory: the load of the target
  if (!movable) return "special";
  if (form.tag === "plain") return "plain";
  if (form.tag === "compare-exchange" && form.condition === EQUAL) return "exchange";
  return form.tag === "masked" && form.mask.source === "opmask" ? "masked" : "special";
}

function isBranch(raw: RawInstruction): boolean {
  return raw.map === 0 && raw.bytes[raw.opcodeAt] === 0xff && [2, 4].includes(groupOf(raw));
}

const groupOf = ({ bytes, modrmAt }: RawInstruction) => (bytes[modrmAt]! >> 3) & 7;

const RSP = 4;

function isStackOnly(operands: DecodedInstruction["operands"]): boolean {
  return operands.every((operand) => operand.base === RSP && !operand.explicit);
}

/** They change or show what a fragment relies on, or end the instruction stream. */
const LEAVES: ReadonlySet<Mnemonic> = new Set([
  Mnemonic.Syscall,
  Mnemonic.Sysenter,
  Mnemonic.Rdgsbase,
  Mnemonic.Wrgsbase,
  Mnemonic.Swapgs,
  Mnemonic.Lgs,
  Mnemonic.Lfs,
  Mnemonic.Lss,
  Mnemonic.Hlt,
  Mnemonic.Enter,
  Mnemonic.Xsetbv,
  Mnemonic.Wrpkru,
]);

function flowOf(raw: RawInstruction, { operands }: DecodedInstruction): Flow {
  const { mnemonic, flowControl } = instruction;
  if (LEAVES.has(mnemonic) || raw.prefixes & LegacyPrefix.gs) return "leave";
  if (writesSegment(raw)) return "leave";
  if (raw.prefixes & LegacyPrefix.addressSize && (isRipRelative(raw) || isLoop(raw)))
    return "leave";
  if (flowControl === FlowControl.Next) return "next";
  const opcode = raw.bytes[raw.opcodeAt]!;
  const strange = LegacyPrefix.operandSize | LegacyPrefix.fs | LegacyPrefix.addressSize;
  if (raw.prefixes & strange || raw.encoding !== Encoding.legacy) return "leave";
  if (operands.some(({ segment }) => segment !== "flat")) return "leave";
  switch (flowControl) {
    case FlowControl.UnconditionalBranch:
      return opcode === 0xe9 || opcode === 0xeb ? "jump" : "leave";
    case FlowControl.ConditionalBranch:
      return "branch";
    case FlowControl.Call:
      return opcode === 0xe8 ? "call" : "leave";
    case FlowControl.Return:
      return opcode === 0xc3 || opcode === 0xc2 ? "return" : "leave";
    case FlowControl.IndirectBranch:
      return isBranch(raw) ? "indirect-jump" : "leave";
    case FlowControl.IndirectCall:
      return isBranch(raw) ? "indirect-call" : "leave";
    default:
      return "leave";
  }
}

/** `mov`, `pop` into a segment register. */
function writesSegment({ map, bytes, opcodeAt }: RawInstruction): boolean {
  const opcode = bytes[opcodeAt]!;
  return (map === 0 && opcode === 0x8e) || (map === 1 && (opcode === 0xa1 || opcode === 0xa9));
}

type Kind = OpCodeOperandKind;
const K = OpCodeOperandKind;
const REG_FIELD = new Set<Kind>([K.r8_reg, K.r16_reg, K.r32_reg, K.r64_reg]);
const REG_POINTER = new Set<Kind>([K.r16_reg_mem, K.r32_reg_mem, K.r64_reg_mem]);
const RM_FIELD = new Set<Kind>([
  ...[K.r8_or_mem, K.r16_or_mem, K.r32_or_mem, K.r64_or_mem, K.r32_or_mem_mpx, K.r64_or_mem_mpx],
  ...[K.r16_rm, K.r32_rm, K.r64_rm],
]);
const OPCODE_FIELD = new Set<Kind>([K.r8_opcode, K.r16_opcode, K.r32_opcode, K.r64_opcode]);
const VVVV_FIELD = new Set<Kind>([K.r32_vvvv, K.r64_vvvv]);
const BYTE = new Set<Kind>([K.r8_reg, K.r8_or_mem, K.r8_opcode]);
const NARROW = new Set<Kind>([
  ...[K.r8_reg, K.r16_reg, K.r8_or_mem, K.r16_or_mem, K.r16_rm, K.r8_opcode, K.r16_opcode],
]);

function registersOf(raw: RawInstruction): Pick<EncodingClass, "registers" | "impliedWrites"> {
  const info = infoFactory.info(instruction);
  const { opCode } = instruction;
  const registers: GprField[] = [];
  let named = 0;
  for (let n = 0; n < instruction.opCount; n++) {
    const kind = opCode.opKind(n);
    const field = fieldOf(kind, raw);
    if (field === null) continue;
    const access = info.opAccess(n);
    const write = WRITES.has(access);
    const read = access !== OpAccess.Write || MAY_LEAVE.has(instruction.mnemonic);
    const whole = write && !read && !NARROW.has(kind);
    registers.push({ field, read, write, whole, isByte: BYTE.has(kind) });
    if (write)
      named |= 1 << RegisterExt.number(RegisterExt.fullRegister(instruction.opRegister(n)));
  }
  let impliedWrites = 0;
  for (const used of info.usedRegisters()) {
    if (WRITES.has(used.access) && RegisterExt.isGPR(used.register)) {
      impliedWrites |= 1 << RegisterExt.number(RegisterExt.fullRegister(used.register));
    }
    used.free();
  }
  impliedWrites &= ~named;
  // Where the example happened to name a register that is written anyhow.
  if (instruction.mnemonic === Mnemonic.Cmpxchg) impliedWrites |= 1;
  if (instruction.mnemonic === Mnemonic.Pop) impliedWrites |= 1 << RSP;
  opCode.free();
  info.free();
  return { registers, impliedWrites };
}

/** They leave their destination as it is for some sources, whatever the manual calls undefined. */
const MAY_LEAVE: ReadonlySet<Mnemonic> = new Set([
  ...[Mnemonic.Bsf, Mnemonic.Bsr, Mnemonic.Lar, Mnemonic.Lsl],
]);

const WRITES = new Set<OpAccess>([
  ...[OpAccess.Write, OpAccess.CondWrite, OpAccess.ReadWrite, OpAccess.ReadCondWrite],
]);

function fieldOf(kind: Kind, raw: RawInstruction): FieldName | null {
  if (REG_FIELD.has(kind) || REG_POINTER.has(kind)) return Field.reg;
  if (OPCODE_FIELD.has(kind)) return Field.opcode;
  if (VVVV_FIELD.has(kind)) return Field.vvvv;
  return RM_FIELD.has(kind) && !hasMemoryOperand(raw) ? Field.rm : null;
}
