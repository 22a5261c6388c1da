import type { AddressRange } from "../model/index.js";
import type { ProcessMappings } from "../native/remote/process-mappings.js";

/** The parts of `[start, end)` at which nothing is mapped, in order. */
export function holesIn(
  mappings: Pick<ProcessMappings, "within">,
  start: number,
  end: number,
): AddressRange[] {
  const holes: AddressRange[] = [];
  let at = start;
  for (const mapping of [...mappings.within(start, end), { start: end, end }]) {
    if (mapping.start > at) holes.push({ start: at, end: mapping.start } as AddressRange);
    at = mapping.end;
  }
  return holes;
}
