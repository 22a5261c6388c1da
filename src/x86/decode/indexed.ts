import { effectiveAddress, traceeAddress } from "./effective-address.js";
import type { Indexed } from "./form.js";
import type { DecodedInstruction } from "./instruction.js";
import { enabledElements } from "./mask.js";
import type { MemoryAccess } from "./memory-access.js";
import type { Registers } from "./registers.js";

/**
 * Gathers and scatters: one access for each enabled element, lowest first. That is the order in
 * which scatters to the same place take effect and in which faults are delivered (SDM vol. 2C,
 * VPGATHERDD and VPSCATTERDD). What stops it half-way, a fault or a trap, finds the mask bits cleared of
 * the elements that are done; a whole one has cleared all.
 */
export function indexedAccesses(
  instruction: DecodedInstruction,
  form: Indexed,
  before: Registers,
  after: Registers | null,
): MemoryAccess[] {
  const { kind, size } = instruction.operands[0]!;
  return indexedAddresses(instruction, form, before, after).map((address) => ({
    kind: kind === "write" ? "write" : "read",
    address: traceeAddress(address),
    size,
    certain: true,
  }));
}

/** Where those accesses are, as linear addresses of 64 bits. */
export function indexedAddresses(
  instruction: DecodedInstruction,
  form: Indexed,
  before: Registers,
  after: Registers | null,
): bigint[] {
  const operand = instruction.operands[0]!;
  const indices = before.vector(form.index);
  const view = new DataView(indices.buffer, indices.byteOffset, indices.byteLength);
  const left = after === null ? [] : enabledElements(form.mask, after);
  const done = enabledElements(form.mask, before).filter((element) => !left.includes(element));
  return done.map((element) => {
    const at = element * form.indexBytes;
    const index =
      form.indexBytes === 4 ? BigInt(view.getInt32(at, true)) : view.getBigInt64(at, true);
    return effectiveAddress(operand, before, index * BigInt(operand.scale));
  });
}
