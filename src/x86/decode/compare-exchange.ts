import { conditionHolds } from "./condition.js";
import { effectiveAddress, traceeAddress } from "./effective-address.js";
import type { CompareExchange } from "./form.js";
import type { DecodedInstruction } from "./instruction.js";
import type { MemoryAccess } from "./memory-access.js";
import type { Registers } from "./registers.js";

/**
 * A read, and a write if the comparison succeeded. On failure the processor runs a write cycle
 * with the old value (SDM vol. 2A, CMPXCHG): it changes nothing, and is no record here.
 */
export function compareExchangeAccesses(
  instruction: DecodedInstruction,
  form: CompareExchange,
  before: Registers,
  after: Registers | null,
): MemoryAccess[] {
  const operand = instruction.operands[0]!;
  const at = { address: traceeAddress(effectiveAddress(operand, before)), size: operand.size };
  const read: MemoryAccess = { kind: "read", ...at, certain: true };
  if (after === null) return [read, { kind: "write", ...at, certain: false }];
  if (!conditionHolds(form.condition, after.rflags())) return [read];
  return [read, { kind: "write", ...at, certain: true }];
}
