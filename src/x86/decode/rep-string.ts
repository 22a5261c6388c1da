import { linearAddress, traceeAddress } from "./effective-address.js";
import type { RepString } from "./form.js";
import type { DecodedInstruction, MemoryOperand } from "./instruction.js";
import type { MemoryAccess } from "./memory-access.js";
import { Gpr, type Registers, Rflags } from "./registers.js";

/**
 * A repeated string instruction, run whole: one record an operand, none for zero iterations.
 *
 * The iterations are rcx before minus rcx after, which is right for a run that ended on a flag
 * and for one that an interrupt or a fault cut short: each iteration that completed has counted
 * down (SDM vol. 2B, REP). Without the registers afterwards `movs`, `stos` and `lods` are taken to
 * complete, and the extent of `cmps` and `scas` is unknown.
 */
export function repStringAccesses(
  instruction: DecodedInstruction,
  form: RepString,
  before: Registers,
  after: Registers | null,
): MemoryAccess[] {
  const bits = form.addressBits;
  const start = BigInt.asUintN(bits, before.gpr(Gpr.rcx));
  if (start === 0n) return [];
  if (after === null && form.endsOnFlag)
    return instruction.operands.map((o) => unbounded(o, before));
  const left = after === null ? 0n : BigInt.asUintN(bits, after.gpr(Gpr.rcx));
  return instruction.operands.flatMap((o) => runOf(o, start - left, before));
}

function unbounded(operand: MemoryOperand, before: Registers): MemoryAccess {
  const address = traceeAddress(linearAddress(operand, before.gpr(operand.base!), before));
  return { kind: "unknown", address, size: 0, certain: true };
}

/** `count` elements from the pointer on, upwards or (DF set) downwards; cut where the pointer wraps. */
function runOf(operand: MemoryOperand, count: bigint, before: Registers): MemoryAccess[] {
  if (count <= 0n) return [];
  const bits = operand.addressBits;
  const pointer = BigInt.asUintN(bits, before.gpr(operand.base!));
  const bytes = count * BigInt(operand.size);
  const down = (before.rflags() & Rflags.direction) !== 0n;
  const low = BigInt.asUintN(bits, down ? pointer - bytes + BigInt(operand.size) : pointer);
  const room = (1n << BigInt(bits)) - low;
  const kind = operand.kind === "write" ? "write" : "read";
  const part = (offset: bigint, size: bigint): MemoryAccess => ({
    kind,
    address: traceeAddress(linearAddress(operand, offset, before)),
    size: Number(size),
    certain: true,
  });
  return bytes <= room ? [part(low, bytes)] : [part(low, room), part(0n, bytes - room)];
}
