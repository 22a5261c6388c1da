import type { Mask } from "./form.js";
import type { Registers } from "./registers.js";

/** The enabled elements, lowest first, by number. */
export function enabledElements(mask: Mask, registers: Registers): number[] {
  const enabled = enabledTest(mask, registers);
  return Array.from({ length: mask.count }, (_, i) => i).filter(enabled);
}

/** Of an opmask with the value `bits`. */
export function elementsOf(mask: Mask, bits: bigint): number[] {
  return Array.from({ length: mask.count }, (_, i) => i).filter(isSetIn(bits));
}

const isSetIn = (bits: bigint) => (element: number) => ((bits >> BigInt(element)) & 1n) === 1n;

function enabledTest(mask: Mask, registers: Registers): (element: number) => boolean {
  if (mask.source === "opmask") return isSetIn(registers.opmask(mask.register));
  const bytes =
    mask.source === "mmx-signs" ? registers.mmx(mask.register) : registers.vector(mask.register);
  return (element) => (bytes[(element + 1) * mask.elementBytes - 1]! & 0x80) !== 0;
}
