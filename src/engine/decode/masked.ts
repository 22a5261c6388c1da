import { effectiveAddress } from "./effective-address.js";
import type { Masked } from "./form.js";
import type { DecodedInstruction } from "./instruction.js";
import { enabledElements } from "./mask.js";
import type { MemoryAccess } from "./memory-access.js";
import type { Registers } from "./registers.js";

/**
 * The parts of the operand that the mask enables. Neighbouring elements are one access; the
 * accesses ascend. A masked-off element is not accessed: it neither faults nor changes (SDM vol. 1,
 * 15.6.4, for AVX-512; vol. 2C, VMASKMOV and VPMASKMOV).
 */
export function maskedAccesses(
  instruction: DecodedInstruction,
  form: Masked,
  before: Registers,
): MemoryAccess[] {
  const operand = instruction.operands[0]!;
  const enabled = enabledElements(form.mask, before);
  if (enabled.length === 0) return [];
  const kind = operand.kind === "write" ? "write" : "read";
  const access = (offset: number, size: number): MemoryAccess => ({
    kind,
    address: effectiveAddress(operand, before, BigInt(offset)),
    size,
    certain: true,
  });
  const bytes = form.mask.elementBytes;
  switch (form.extent) {
    case "whole":
      return [access(0, operand.size)];
    case "packed":
      return [access(0, enabled.length * bytes)];
    case "elements":
      return runsOf(enabled).map(([first, count]) => access(first * bytes, count * bytes));
  }
}

/** Maximal runs of consecutive numbers, as [first, count]. */
function runsOf(numbers: readonly number[]): [first: number, count: number][] {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && last[0] + last[1] === number) last[1]++;
    else runs.push([number, 1]);
  }
  return runs;
}
