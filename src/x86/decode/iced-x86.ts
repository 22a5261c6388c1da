/**
 * What we use of iced-x86. It is loaded by require(): for an `import` Node searches its 900 KB of
 * CommonJS for exports, which takes each session 70 ms.
 */
import { createRequire } from "node:module";
import type * as Iced from "iced-x86";

const iced = createRequire(import.meta.url)("iced-x86") as typeof Iced;

export const {
  Code,
  Decoder,
  DecoderOptions,
  FlowControl,
  Instruction,
  InstructionInfoFactory,
  MemorySize,
  MemorySizeExt,
  Mnemonic,
  OpAccess,
  OpCodeOperandKind,
  OpKind,
  Register,
  RegisterExt,
} = iced;

export type Code = Iced.Code;
export type FlowControl = Iced.FlowControl;
export type Instruction = Iced.Instruction;
export type InstructionInfo = Iced.InstructionInfo;
export type MemorySize = Iced.MemorySize;
export type Mnemonic = Iced.Mnemonic;
export type OpAccess = Iced.OpAccess;
export type OpCodeOperandKind = Iced.OpCodeOperandKind;
export type OpKind = Iced.OpKind;
export type Register = Iced.Register;
export type UsedMemory = Iced.UsedMemory;
