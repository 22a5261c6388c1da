import type { InstructionInfo } from "./iced-x86.js";
import { Decoder, DecoderOptions, Instruction, InstructionInfoFactory } from "./iced-x86.js";

/** Reused: only decoders and infos are made and freed for each instruction. */
const instruction = new Instruction();
const infoFactory = new InstructionInfoFactory();

/** Decodes one instruction in 64-bit mode and frees iced's objects when `use` returns. */
export function withDecoded<T>(
  bytes: Uint8Array,
  ip: bigint,
  use: (instruction: Instruction, info: InstructionInfo) => T,
): T {
  const decoder = new Decoder(64, bytes, DecoderOptions.None);
  try {
    decoder.ip = ip;
    decoder.decodeOut(instruction);
    const info = infoFactory.info(instruction);
    try {
      return use(instruction, info);
    } finally {
      info.free();
    }
  } finally {
    decoder.free();
  }
}
