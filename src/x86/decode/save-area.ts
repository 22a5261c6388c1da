import { effectiveAddress, traceeAddress } from "./effective-address.js";
import type { SaveArea } from "./form.js";
import type { DecodedInstruction } from "./instruction.js";
import type { MemoryAccess, MemoryReader } from "./memory-access.js";
import { Gpr, type Registers } from "./registers.js";
import type { Part, SaveState } from "./save-state.js";
import { xrstorParts } from "./xrstor.js";
import { SAVES } from "./xsave.js";
import { standardLayout, type XsaveLayout } from "./xsave-layout.js";

/**
 * `xsave`, `xsavec`, `xsaveopt` and `xrstor`, component by component. The processor checks that the
 * whole area is accessible, so these also fault where they access nothing.
 */
export function saveAreaAccesses(
  instruction: DecodedInstruction,
  form: SaveArea,
  before: Registers,
  readMemory: MemoryReader | null,
): MemoryAccess[] {
  const address = effectiveAddress(instruction.operands[0]!, before);
  const asked =
    (BigInt.asUintN(32, before.gpr(Gpr.rdx)) << 32n) | BigInt.asUintN(32, before.gpr(Gpr.rax));
  const state: SaveState = {
    requested: asked & before.xcr0(),
    standard: standardLayoutOf(before),
    field: ({ start }) => {
      const bytes = readMemory?.(traceeAddress(address, start), 8);
      return bytes ? new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true) : null;
    },
  };
  const parts = form.operation === "xrstor" ? xrstorParts(state) : SAVES[form.operation](state);
  return joined(parts).map(({ kind, certain, start, end }) => ({
    kind,
    address: traceeAddress(address, start),
    size: end - start,
    certain,
  }));
}

function standardLayoutOf(registers: Registers): XsaveLayout {
  if (!registers.stateComponent) return standardLayout(registers.xstateSize());
  return (component) => {
    const place = registers.stateComponent!(component);
    return place && { start: place.offset, end: place.offset + place.size };
  };
}

/** Neighbouring parts of one kind as one. */
function joined(parts: readonly Part[]): Part[] {
  const result: Part[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    const continues =
      last?.end === part.start && last.kind === part.kind && last.certain === part.certain;
    if (continues) result[result.length - 1] = { ...last, end: part.end };
    else result.push(part);
  }
  return result;
}
