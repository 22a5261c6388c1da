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
  RegisterExt,
} from "../decode/iced-x86.js";
import { type DecodedInstruction, decodeInstruction, type Masked } from "../decode/index.js";
import {
  Encoding,
  hasMemoryOperand,
  isRipRelative,
  LegacyPrefix,
  type RawInstruction,
  rawDisplacement,
} from "./raw-instruction.js";
import { Field, type FieldName } from "./register-fields.js";
import { readShapes } from "./shape-file.js";

/** Where an instruction goes on. `leave`: it must not run in a fragment at all. */
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
 * - `masked`: as plain, but an opmask register selects elements.
 * - `special`: anything else.
 */
export type MemoryForm = "none" | "address" | "plain" | "masked" | "special";

/** A field of the encoding that names a general register. */
export interface GprField {
  readonly field: FieldName;
  readonly read: boolean;
  readonly write: boolean;
  /** The write replaces all 64 bits. */
  readonly whole: boolean;
}

/** What is the same for all instructions that differ in registers, displacement and immediate only. */
export interface Shape {
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

const instruction = new Instruction();
const infoFactory = new InstructionInfoFactory();
let known: Map<number, Shape | null> | null = null;

/** Opcodes of the one-byte map whose `reg` field is part of the opcode (SDM vol. 2D, table A-6). */
const GROUPS = new Set([
  ...[0x80, 0x81, 0x83, 0x8f, 0xc0, 0xc1, 0xc6, 0xc7, 0xd0, 0xd1, 0xd2, 0xd3],
  ...[0xf6, 0xf7, 0xfe, 0xff, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf],
]);
/** And of the 0F map. */
const GROUPS_0F = new Set([
  ...[0x00, 0x01, 0x0d, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f],
  ...[0x71, 0x72, 0x73, 0xae, 0xb9, 0xba, 0xc7],
]);
/** And of the 0F38 map: `bls*`, the prefetching gathers, key locker. */
const GROUPS_0F38 = new Set([0xc6, 0xc7, 0xd8, 0xf3]);

/** The shape of an instruction; null where it has none that a fragment can use. */
export function shapeOf(raw: RawInstruction): Shape | null {
  known ??= readShapes();
  const key = keyOf(raw);
  let shape = known.get(key);
  if (shape === undefined) {
    shape = learnShape(raw);
    known.set(key, shape);
  }
  return shape;
}

/** All that have been asked for, and those of the file. */
export function knownShapes(): ReadonlyMap<number, Shape | null> {
  known ??= readShapes();
  return known;
}

/** Everything of the encoding but register numbers, displacement and immediate. */
function keyOf(raw: RawInstruction): number {
  const { bytes, encoding, map, opcodeAt, prefixAt, modrmAt } = raw;
  const opcode = bytes[opcodeAt]!;
  let variant = 0; // W, L, pp and so on
  if (encoding === Encoding.legacy) {
    if (prefixAt >= 0) variant = (bytes[prefixAt]! >> 3) & 1;
    if (map === 0 && opcode === 0x90 && prefixAt >= 0) variant |= (bytes[prefixAt]! & 1) << 1;
  } else if (encoding === Encoding.vex2) variant = bytes[prefixAt + 1]! & 7;
  else if (encoding === Encoding.vex3) variant = bytes[prefixAt + 2]! & 0x87;
  else {
    const third = bytes[prefixAt + 3]!;
    const masked = (third & 7) !== 0 ? 1 : 0;
    variant = (bytes[prefixAt + 2]! & 0x87) | ((third & 0xf0) << 4) | (masked << 12);
  }
  let operand = 0; // 0: no ModRM
  if (modrmAt >= 0) {
    const modrm = bytes[modrmAt]!;
    const isMemory = modrm >> 6 !== 3;
    operand = isMemory ? 1 : 2;
    if (isRipRelative(raw)) operand = 3; // `lea` and branches differ
    const grouped = map === 0 ? GROUPS : map === 1 ? GROUPS_0F : map === 2 ? GROUPS_0F38 : null;
    if (grouped?.has(opcode)) {
      const whole = !isMemory && (map === 1 || (opcode >= 0xd8 && opcode <= 0xdf));
      operand |= (whole ? 0x100 | modrm : (modrm >> 3) & 7) << 2;
    }
  }
  return (
    ((((encoding * 8 + map) * 256 + opcode) * 256 + raw.prefixes) * 8192 + variant) * 2048 + operand
  );
}

function learnShape(raw: RawInstruction): Shape | null {
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
  if (isBranch(raw)) return "plain"; // `jmp` and `call` through memory: the load of the target
  if (!movable) return "special";
  if (form.tag === "plain") return "plain";
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

/** `loop` and `jrcxz`, which look at rcx. */
export function isLoop({ map, bytes, opcodeAt, encoding }: RawInstruction): boolean {
  const opcode = bytes[opcodeAt]!;
  return encoding === Encoding.legacy && map === 0 && opcode >= 0xe0 && opcode <= 0xe3;
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
const NARROW = new Set<Kind>([
  ...[K.r8_reg, K.r16_reg, K.r8_or_mem, K.r16_or_mem, K.r16_rm, K.r8_opcode, K.r16_opcode],
]);

function registersOf(raw: RawInstruction): Pick<Shape, "registers" | "impliedWrites"> {
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
    registers.push({ field, read, write, whole: write && !read && !NARROW.has(kind) });
    if (write) named |= 1 << RegisterExt.number(instruction.opRegister(n));
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

/** The displacement in bytes. */
export function displacementOf(raw: RawInstruction, shape: Shape): number {
  const displacement = rawDisplacement(raw);
  return raw.displacementSize === 1 ? displacement * shape.displacementScale : displacement;
}
