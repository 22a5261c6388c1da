import type { TraceeAddress } from "../../model/index.js";
import { effectiveAddress, traceeAddress } from "./effective-address.js";
import type { BitOffset } from "./form.js";
import type { MemoryOperand } from "./instruction.js";
import type { Registers } from "./registers.js";

/**
 * The word that `bt` and its kin access. The bit's number is signed and counts from the encoded
 * address; the operand-sized word with that bit is accessed (SDM vol. 2A, BT).
 */
export function bitOffsetAddress(
  operand: MemoryOperand,
  form: BitOffset,
  before: Registers,
): TraceeAddress {
  return traceeAddress(bitOffsetLinear(operand, form, before));
}

/** The same, as a linear address of 64 bits. */
export function bitOffsetLinear(
  operand: MemoryOperand,
  form: BitOffset,
  before: Registers,
): bigint {
  const bits = operand.size * 8;
  const bit = BigInt.asIntN(bits, before.gpr(form.register));
  // An arithmetic shift: it rounds towards minus infinity, as the manual asks.
  const word = bit >> BigInt(Math.log2(bits));
  return effectiveAddress(operand, before, word * BigInt(operand.size));
}
