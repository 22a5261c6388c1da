import { effectiveAddress, traceeAddress } from "./effective-address.js";
import type { Indexed } from "./form.js";
import type { DecodedInstruction } from "./instruction.js";
import { enabledElements } from "./mask.js";
import type { MemoryAccess } from "./memory-access.js";
import type { Registers } from "./registers.js";

/**
 * Gathers and scatters: one access for each enabled element, lowest first. That is the order in
 * which scatters to the same place take effect and in which faults are delivered (SDM vol. 2C,
 * VPGATHERDD and VPSCATTERDD). An instruction that a fault interrupts clears the mask bits it is done with, so
 * that what runs again has only the rest.
 */
export function indexedAccesses(
  instruction: DecodedInstruction,
  form: Indexed,
  before: Registers,
): MemoryAccess[] {
  const operand = instruction.operands[0]!;
  const indices = before.vector(form.index);
  const view = new DataView(indices.buffer, indices.byteOffset, indices.byteLength);
  return enabledElements(form.mask, before).map((element) => {
    const at = element * form.indexBytes;
    const index =
      form.indexBytes === 4 ? BigInt(view.getInt32(at, true)) : view.getBigInt64(at, true);
    return {
      kind: operand.kind === "write" ? "write" : "read",
      address: traceeAddress(effectiveAddress(operand, before, index * BigInt(operand.scale))),
      size: operand.size,
      certain: true,
    };
  });
}
