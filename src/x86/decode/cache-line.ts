import { effectiveAddress, traceeAddress } from "./effective-address.js";
import type { DecodedInstruction } from "./instruction.js";
import type { MemoryAccess } from "./memory-access.js";
import type { Registers } from "./registers.js";

/** `clzero` zeroes the cache line that rax points into (AMD64 manual vol. 3). */
export function cacheLineAccesses(
  instruction: DecodedInstruction,
  before: Registers,
): MemoryAccess[] {
  const operand = instruction.operands[0]!;
  const address = effectiveAddress(operand, before);
  const intoLine = Number(address % BigInt(operand.size));
  return [
    {
      kind: "write",
      address: traceeAddress(address, -intoLine),
      size: operand.size,
      certain: true,
    },
  ];
}
