import { effectiveAddress, traceeAddress } from "./effective-address.js";
import type { Masked } from "./form.js";
import type { DecodedInstruction } from "./instruction.js";
import { elementsOf, enabledElements } from "./mask.js";
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
  return spansOf(form, operand.size, enabledElements(form.mask, before)).map(([first, size]) => ({
    kind: operand.kind === "write" ? "write" : "read",
    address: traceeAddress(start, first),
    size,
    certain: true,
  }));
}

/** The same as offsets and sizes in bytes, by the value of an opmask. `operandSize` in bytes. */
export function maskedSpans(
  form: Masked,
  operandSize: number,
  opmask: bigint,
): (readonly [offset: number, size: number])[] {
  return spansOf(form, operandSize, elementsOf(form.mask, opmask));
}

function spansOf(form: Masked, operandSize: number, enabled: readonly number[]) {
  const bytes = form.mask.elementBytes;
  const accessed = form.packed ? enabled.map((_, i) => i) : folded(enabled, operandSize / bytes);
  return runsOf(accessed).map(([first, count]) => [first * bytes, count * bytes] as const);
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
