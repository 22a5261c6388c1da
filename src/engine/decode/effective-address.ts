import type { TraceeAddress } from "../../model/index.js";
import type { MemoryOperand } from "./instruction.js";
import type { Registers } from "./registers.js";

/**
 * `segment:[base + index*scale + displacement]` (SDM vol. 1, 3.7.5): the offset wraps at the
 * address size, then the segment's base is added, modulo 2^64.
 */
export function effectiveAddress(
  operand: MemoryOperand,
  registers: Registers,
  /** Added to the offset before it wraps: a vector index or a bit string's word. In bytes. */
  extra = 0n,
): TraceeAddress {
  let offset = operand.displacement + extra;
  if (operand.base !== null) offset += registers.gpr(operand.base);
  if (operand.index !== null) {
    offset +=
      BigInt.asUintN(operand.indexBits, registers.gpr(operand.index)) * BigInt(operand.scale);
  }
  return linearAddress(operand, BigInt.asUintN(operand.addressBits, offset), registers);
}

/** The linear address of an offset that has already wrapped. */
export function linearAddress(
  operand: Pick<MemoryOperand, "segment">,
  offset: bigint,
  registers: Registers,
): TraceeAddress {
  if (operand.segment === "flat") return Number(offset) as TraceeAddress;
  const base = operand.segment === "fs" ? registers.fsBase() : registers.gsBase();
  return Number(BigInt.asUintN(64, base + offset)) as TraceeAddress;
}
