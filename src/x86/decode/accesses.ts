import { assertNever, type TraceeAddress } from "../../model/index.js";
import { bitOffsetAddress } from "./bit-offset.js";
import { cacheLineAccesses } from "./cache-line.js";
import { compareExchangeAccesses } from "./compare-exchange.js";
import { effectiveAddress, traceeAddress } from "./effective-address.js";
import { indexedAccesses } from "./indexed.js";
import type { DecodedInstruction, MemoryOperand } from "./instruction.js";
import { maskedAccesses } from "./masked.js";
import type { MemoryAccess, MemoryReader } from "./memory-access.js";
import type { Registers } from "./registers.js";
import { repStringAccesses } from "./rep-string.js";
import { saveAreaAccesses } from "./save-area.js";

/**
 * The memory accesses of one execution of `instruction`, in order.
 *
 * - `before`: the thread before it ran.
 * - `after`: once it has completed, or null. Only instructions that need it look at it.
 * - `readMemory`: memory once the instruction has completed, for the headers of save areas.
 *
 * What is not understood is of kind `unknown`, with the address where that is known; there may be
 * none at all, and then a fault's address is all there is to tell.
 *
 * These are the bytes that are read or written. A few instructions also fault where they access
 * nothing: cache line flushes, `enter` (it probes the new stack pointer), the `fxsave` and `xsave`
 * families (all of the area), `maskmovdqu` and the masked stores of class E6NF (`vextractf32x4`).
 */
export function accessesOf(
  instruction: DecodedInstruction,
  before: Registers,
  after: Registers | null,
  readMemory: MemoryReader | null = null,
): MemoryAccess[] {
  const { form } = instruction;
  switch (form.tag) {
    case "none":
      return [];
    case "plain":
      return instruction.operands.flatMap((operand) =>
        wholeOperand(operand, traceeAddress(effectiveAddress(operand, before))),
      );
    case "rep-string":
      return repStringAccesses(instruction, form, before, after);
    case "compare-exchange":
      return compareExchangeAccesses(instruction, form, before, after);
    case "bit-offset":
      return instruction.operands.flatMap((operand) =>
        wholeOperand(operand, bitOffsetAddress(operand, form, before)),
      );
    case "masked":
      return maskedAccesses(instruction, form, before);
    case "indexed":
      return indexedAccesses(instruction, form, before, after);
    case "save-area":
      return saveAreaAccesses(instruction, form, before, after && readMemory);
    case "cache-line":
      return cacheLineAccesses(instruction, before);
    case "unknown":
      return instruction.operands.map((operand) => unknownOperand(operand, before));
    default:
      return assertNever(form);
  }
}

function wholeOperand(operand: MemoryOperand, address: TraceeAddress): MemoryAccess[] {
  const at = { address, size: operand.size, certain: true };
  if (operand.kind !== "read-write") return [{ kind: operand.kind, ...at }];
  return [
    { kind: "read", ...at },
    { kind: "write", ...at },
  ];
}

function unknownOperand(operand: MemoryOperand, before: Registers): MemoryAccess {
  const address = traceeAddress(effectiveAddress(operand, before));
  return { kind: "unknown", address, size: operand.size, certain: true };
}
