import {
  Code,
  CodeExt,
  Decoder,
  DecoderOptions,
  Encoder,
  Instruction,
  OpCodeOperandKind,
  OpKind,
  Register,
} from "iced-x86";
import { CODE } from "./machine.js";

/** One encoding of one of iced's `Code`s, with a memory operand at `[rax]` or an implied one. */
export interface Specimen {
  readonly code: Code;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** The memory operand is `[rax]`, alone or (gathers) with vector register 3 as index. */
  readonly atRax: boolean;
  readonly vsib: boolean;
  /** It runs in user mode. */
  readonly user: boolean;
}

export interface Variant {
  /** Under k1. */
  readonly masked: boolean;
  readonly broadcast: boolean;
}

/** Every `Code` that 64-bit mode has and that has a memory operand. */
export function everySpecimen(variant: Variant): Specimen[] {
  const specimens: Specimen[] = [];
  for (const [name, code] of Object.entries(Code)) {
    if (typeof code !== "number") continue;
    const specimen = specimenOf(name, code, variant);
    if (specimen) specimens.push(specimen);
  }
  return specimens;
}

function specimenOf(name: string, code: Code, variant: Variant): Specimen | null {
  const opCode = CodeExt.opCode(code);
  const instruction = new Instruction();
  try {
    if (!opCode.mode64 || !opCode.isInstruction) return null;
    if (variant.masked && !opCode.canUseOpMaskRegister) return null;
    if (variant.broadcast && !opCode.canBroadcast) return null;
    instruction.code = code;
    let memory = -1;
    for (let n = 0; n < opCode.opCount; n++) {
      if (setOperand(instruction, n, opCode.opKind(n))) memory = n;
    }
    if (memory < 0) return null;
    if (variant.masked || opCode.requireOpMaskRegister) instruction.opMask = Register.K1;
    if (variant.broadcast) instruction.isBroadcast = true;
    const bytes = encode(instruction);
    if (bytes === null || codeOf(bytes) !== code) return null;
    return {
      code,
      name,
      bytes,
      text: instruction.toString(),
      atRax:
        instruction.opKind(memory) === OpKind.Memory && instruction.memoryBase === Register.RAX,
      vsib: instruction.isVsib,
      user: opCode.cpl3,
    };
  } finally {
    opCode.free();
    instruction.free();
  }
}

function encode(instruction: Instruction): Uint8Array | null {
  const encoder = new Encoder(64);
  try {
    encoder.encode(instruction, BigInt(CODE));
    return encoder.takeBuffer();
  } catch {
    // 16-bit branches and the like: iced encodes them in other modes only.
    return null;
  } finally {
    encoder.free();
  }
}

/** Some encodings mean something else to the decoder, KNC's for instance. */
function codeOf(bytes: Uint8Array): Code {
  const decoder = new Decoder(64, bytes, DecoderOptions.None);
  const instruction = decoder.decode();
  const { code } = instruction;
  instruction.free();
  decoder.free();
  return code;
}

/** Gives operand `n` a register, an immediate or memory; true for memory. */
function setOperand(instruction: Instruction, n: number, kind: OpCodeOperandKind): boolean {
  const name = OpCodeOperandKind[kind]!;
  const implied = IMPLIED_MEMORY[name];
  if (implied !== undefined) {
    instruction.setOpKind(n, implied);
    return true;
  }
  if (/mem|seg_rBX/.test(name) && !/^(r16|r32|r64)_reg_mem$/.test(name)) {
    instruction.setOpKind(n, OpKind.Memory);
    setMemory(instruction, name);
    return true;
  }
  const immediate = IMMEDIATES[name];
  if (immediate !== undefined) {
    const second = n > 0 && instruction.opKind(n - 1) === OpKind.Immediate8;
    instruction.setOpKind(n, second ? OpKind.Immediate8_2nd : immediate);
    if (name === "imm8_const_1") instruction.immediate8 = 1;
    return false;
  }
  instruction.setOpKind(n, OpKind.Register);
  instruction.setOpRegister(n, registerFor(name, n));
  return false;
}

function setMemory(instruction: Instruction, name: string): void {
  instruction.memoryBase = name === "seg_rBX_al" ? Register.RBX : Register.RAX;
  if (name === "mem_offs") {
    instruction.memoryBase = Register.None;
    instruction.memoryDisplSize = 8;
  }
  if (name === "seg_rBX_al") instruction.memoryIndex = Register.AL;
  if (name === "sibmem") instruction.memoryIndex = Register.RCX;
  const vector = /vsib\d+([xyz])$/.exec(name)?.[1];
  if (vector === "x") instruction.memoryIndex = Register.XMM3;
  if (vector === "y") instruction.memoryIndex = Register.YMM3;
  if (vector === "z") instruction.memoryIndex = Register.ZMM3;
}

const IMPLIED_MEMORY: Readonly<Record<string, OpKind>> = {
  seg_rSI: OpKind.MemorySegRSI,
  es_rDI: OpKind.MemoryESRDI,
  seg_rDI: OpKind.MemorySegRDI,
};

const IMMEDIATES: Readonly<Record<string, OpKind>> = {
  imm4_m2z: OpKind.Immediate8,
  imm8: OpKind.Immediate8,
  imm8_const_1: OpKind.Immediate8,
  imm8sex16: OpKind.Immediate8to16,
  imm8sex32: OpKind.Immediate8to32,
  imm8sex64: OpKind.Immediate8to64,
  imm16: OpKind.Immediate16,
  imm32: OpKind.Immediate32,
  imm32sex64: OpKind.Immediate32to64,
  imm64: OpKind.Immediate64,
};

/** Distinct vector registers for each operand: gathers refuse equal ones. */
function registerFor(name: string, n: number): Register {
  const fixed = Register[name.toUpperCase() as keyof typeof Register];
  if (typeof fixed === "number") return fixed;
  if (name === "seg_reg") return Register.ES;
  if (name.startsWith("sti")) return Register.ST1;
  // Operands of four registers: aligned to four.
  if (name.startsWith("xmmp3")) return Register.XMM8;
  if (name.startsWith("zmmp3")) return Register.ZMM8;
  const first: Readonly<Record<string, Register>> = {
    r8: Register.CL,
    r16: Register.CX,
    r32: Register.ECX,
    r64: Register.RCX,
    k: Register.K2 + n,
    kp1: Register.K2,
    mm: Register.MM1 + n,
    xmm: Register.XMM4 + n,
    ymm: Register.YMM4 + n,
    zmm: Register.ZMM4 + n,
    tmm: Register.TMM1 + n,
    bnd: Register.BND1,
    cr: Register.CR2,
    dr: Register.DR1,
    tr: Register.TR1,
  };
  return first[name.split("_")[0]!] ?? Register.None;
}
