import { type MemoryPages, UnwindEnd } from "./memory.js";

/** No function is taken to be larger, in bytes. */
const LARGEST_FUNCTION = 65_536;

/** The longest call: `call [base + index * 8 + disp32]` with two prefixes, in bytes. */
const LONGEST_CALL = 8;

/**
 * A call that returns to `address` may have called the function that `ip` is in: what stands before it
 * is a call instruction, and one that names its target (E8) names one at or a little before `ip`.
 */
export function mayHaveCalled(address: number, ip: number, memory: MemoryPages): boolean {
  const code = codeBefore(address, memory);
  if (code === null) return false;
  if (code[LONGEST_CALL - 5] === 0xe8) {
    const target = address + code.readInt32LE(LONGEST_CALL - 4);
    if (target <= ip && ip < target + LARGEST_FUNCTION) return true;
  }
  // FF /2, with all that its ModRM byte may bring (SDM vol. 2A, 2.1.3).
  return [2, 3, 4, 6, 7].some((length) => {
    const at = LONGEST_CALL - length;
    return code[at] === 0xff && (code[at + 1]! & 0x38) === 0x10 && lengthOf(code, at) === length;
  });
}

function codeBefore(address: number, memory: MemoryPages): Buffer | null {
  try {
    return memory.bytes(address - LONGEST_CALL, LONGEST_CALL);
  } catch (error) {
    if (error instanceof UnwindEnd) return null;
    throw error;
  }
}

/** Of an instruction of one byte and a ModRM byte at `at`. */
function lengthOf(code: Buffer, at: number): number {
  const [mode, operand] = [code[at + 1]! >> 6, code[at + 1]! & 7];
  if (mode === 3) return 2;
  const index = operand === 4 ? 1 : 0;
  const isWide =
    mode === 2 || (mode === 0 && (operand === 5 || (index && (code[at + 2]! & 7) === 5)));
  return 2 + index + (isWide ? 4 : mode);
}
