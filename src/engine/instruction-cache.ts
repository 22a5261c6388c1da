import type { TraceeAddress } from "../model/index.js";
import type { TraceeMemory } from "../native/index.js";
import type { DecodedInstruction } from "./decode/index.js";

/** The longest x86 instruction, in bytes. */
const MAX_INSTRUCTION_LENGTH = 15;

/** Decoded instructions by address. Code may change under us, so its bytes are compared each time. */
export class InstructionCache {
  readonly #known = new Map<TraceeAddress, { bytes: Buffer; instruction: DecodedInstruction }>();

  /** `decode`: as {@link decodeInstruction} would. */
  constructor(
    readonly memory: TraceeMemory,
    readonly decode: (bytes: Uint8Array, ip: TraceeAddress) => DecodedInstruction,
  ) {}

  at(ip: TraceeAddress): DecodedInstruction {
    const window = Buffer.alloc(MAX_INSTRUCTION_LENGTH);
    const bytes = window.subarray(0, this.memory.read(ip, window));
    const known = this.#known.get(ip);
    if (known?.bytes.equals(bytes)) return known.instruction;
    const instruction = this.decode(bytes, ip);
    this.#known.set(ip, { bytes, instruction });
    return instruction;
  }
}
