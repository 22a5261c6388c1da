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
): bigint {
  let offset = operand.displacement + extra;
  if (operand.base !== null) offset += registers.gpr(operand.base);
  if (operand.index !== null) {
    const index = BigInt.asUintN(operand.indexBits, registers.gpr(operand.index));
    offset += index * BigInt(operand.scale);
  }
  return linearAddress(operand, offset, registers);
}

/** The linear address of an offset, which wraps at the address size. */
export function linearAddress(
  operand: Pick<MemoryOperand, "segment" | "addressBits">,
  offset: bigint,
  registers: Registers,
): bigint {
  const wrapped = BigInt.asUintN(operand.addressBits, offset);
  if (operand.segment === "flat") return wrapped;
  const base = operand.segment === "fs" ? registers.fsBase() : registers.gsBase();
  return BigInt.asUintN(64, base + wrapped);
}

/** The linear address `bytes` further on. Within an operand nothing wraps at the address size. */
export function traceeAddress(linear: bigint, bytes = 0): TraceeAddress {
  return Number(BigInt.asUintN(64, linear + BigInt(bytes))) as TraceeAddress;
}
