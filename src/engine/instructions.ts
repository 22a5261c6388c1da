import type { RemoteCode } from "../native/remote/remote-code.js";
import { decodeInstruction } from "../x86/decode/index.js";
import { InstructionCache } from "../x86/decode/instruction-cache.js";
import { decodePlain } from "../x86/encoding/decode-plain.js";

/**
 * The reference engine is the oracle for fragments, so without fragments it decodes with iced
 * alone.
 */
export function instructionsOf({ memory }: RemoteCode, runsFragments: boolean): InstructionCache {
  return new InstructionCache(
    memory,
    (bytes, ip) => (runsFragments ? decodePlain(bytes, ip) : null) ?? decodeInstruction(bytes, ip),
  );
}
