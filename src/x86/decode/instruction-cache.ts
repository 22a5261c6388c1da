import type { TraceeAddress } from "../../model/index.js";
import type { DecodedInstruction } from "./index.js";

/** Where code is read from: fills as much of `into` as is mapped, and returns how many bytes that is. */
export interface CodeMemory {
  read(address: TraceeAddress, into: Buffer): number;
}

/** The longest x86 instruction, in bytes. */
const MAX_INSTRUCTION_LENGTH = 15;

/** Decoded instructions by address. Code may change under us, so its bytes are compared each time. */
export class InstructionCache {
  readonly #known = new Map<TraceeAddress, { bytes: Buffer; instruction: DecodedInstruction }>();

  /** `decode`: as {@link decodeInstruction} would. */
  constructor(
    readonly memory: CodeMemory,
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
