import type { Access } from "./access.js";

/**
 * What an instruction accessed, from what valgrind saw at each of its executions in succession. Two
 * differences are inherent, for valgrind runs not the instruction but its meaning:
 *
 * - Each iteration of a repeated string instruction is an execution that jumps to itself, which
 *   nothing else makes. It is one execution, with one run for each operand.
 * - A locked read-modify-write is a load, and then a compare-and-swap of the same bytes, seen as
 *   another load and a store. The bytes are loaded once.
 */
export function asOne(executions: readonly (readonly Access[])[]): Access[] {
  if (executions.length > 1) return runs(executions);
  const [first, second, third, ...more] = executions[0] ?? [];
  const isLocked =
    isSame(first, second) &&
    isSame(first, third) &&
    [first, second, third].map((access) => access!.kind).join() === "read,read,write";
  return isLocked ? [first!, third!, ...more] : [...(executions[0] ?? [])];
}

function isSame(a: Access | undefined, b: Access | undefined): boolean {
  return a !== undefined && a.address === b?.address && a.size === b.size;
}

function runs(executions: readonly (readonly Access[])[]): Access[] {
  const operands: Access[] = [];
  for (const execution of executions) {
    for (const [operand, { address, size, ...rest }] of execution.entries()) {
      const run = operands[operand] ?? { address, size: 0, ...rest };
      const isNext = address === run.address + run.size || address + size === run.address;
      if (!isNext || run.kind !== rest.kind) throw new Error("no run of a string instruction");
      const start = Math.min(address, run.address);
      operands[operand] = { ...run, address: start, size: run.size + size };
    }
  }
  return operands;
}
