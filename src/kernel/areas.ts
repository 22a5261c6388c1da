import type { Area } from "./area.js";
import type { Call } from "./call.js";
import { opaque } from "./specs/argument-spec.js";
import { SYSCALL_BY_NUMBER } from "./table/index.js";

/** An unknown call may use every argument register as a pointer. */
const UNKNOWN = new Array(6).fill(opaque);

/** The areas of a call that lie in guarded memory, or hold pointers into it at any depth. */
export function guardedAreas(call: Call): Area[] {
  const specs = SYSCALL_BY_NUMBER[call.entry.number!]?.args ?? UNKNOWN;
  const areas: Area[] = [];
  for (let slot = 0; slot < specs.length; slot++) {
    const address = call.arg(slot);
    const spec = address === 0 ? null : specs[slot];
    const area = spec?.(call, address, slot);
    if (area && concerns(area, call)) areas.push(area);
  }
  return areas;
}

function concerns(area: Area, call: Call): boolean {
  const { address, size, parts } = area;
  return (
    call.guard.touches(address, address + Math.max(size, 1)) ||
    parts.some((part) => concerns(part, call))
  );
}
