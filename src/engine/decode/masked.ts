import { effectiveAddress, traceeAddress } from "./effective-address.js";
import type { Masked } from "./form.js";
import type { DecodedInstruction } from "./instruction.js";
import { enabledElements } from "./mask.js";
import type { MemoryAccess } from "./memory-access.js";
import type { Registers } from "./registers.js";

/**
 * The parts of the operand that the mask enables. Neighbouring elements are one access; the
 * accesses ascend. A masked-off element is not accessed: it neither faults nor changes (SDM vol. 1,
 * chapter 15, for AVX-512; vol. 2C, VMASKMOV and VPMASKMOV).
 */
export function maskedAccesses(
  instruction: DecodedInstruction,
  form: Masked,
  before: Registers,
): MemoryAccess[] {
  const operand = instruction.operands[0]!;
  const start = effectiveAddress(operand, before);
  const bytes = form.mask.elementBytes;
  const enabled = enabledElements(form.mask, before);
  const accessed = form.packed ? enabled.map((_, i) => i) : folded(enabled, operand.size / bytes);
  return runsOf(accessed).map(([first, count]) => ({
    kind: operand.kind === "write" ? "write" : "read",
    address: traceeAddress(start, first * bytes),
    size: count * bytes,
    certain: true,
  }));
}

/** Which of `count` elements in memory serve the enabled elements of a longer vector. */
function folded(enabled: readonly number[], count: number): number[] {
  const served = new Set(enabled.map((element) => element % count));
  return [...served].sort((a, b) => a - b);
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
