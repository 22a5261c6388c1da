import type { TraceeAddress } from "../model/index.js";
import type { TraceeMemory } from "../native/index.js";
import { type DecodedInstruction, decodeInstruction } from "./decode/index.js";

/** The longest x86 instruction, in bytes. */
const MAX_INSTRUCTION_LENGTH = 15;

/** Decoded instructions by address. Code may change under us, so its bytes are compared each time. */
export class InstructionCache {
  readonly #known = new Map<TraceeAddress, { bytes: Buffer; instruction: DecodedInstruction }>();

  constructor(readonly memory: TraceeMemory) {}

  at(ip: TraceeAddress): DecodedInstruction {
    const window = Buffer.alloc(MAX_INSTRUCTION_LENGTH);
    const bytes = window.subarray(0, this.memory.read(ip, window));
    const known = this.#known.get(ip);
    if (known?.bytes.equals(bytes)) return known.instruction;
    const instruction = decodeInstruction(bytes, ip);
    this.#known.set(ip, { bytes, instruction });
    return instruction;
  }
}
