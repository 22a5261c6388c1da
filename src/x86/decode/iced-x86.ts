/**
 * What is used of iced-x86. By require(): an `import` has Node look for the exports in its 900 KB of
 * CommonJS, which takes 70 ms, and every session does that anew.
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
