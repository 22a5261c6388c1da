import type { Guard } from "../guard/guard.js";
import { PAGE_SIZE, pageOf } from "../model/index.js";
import type { Mapping } from "../native/memory/maps.js";

/**
 * How many bytes from `address` on, up to `size`, can be accessed once the guard is taken away.
 * `needed`: PROT_* bits. `mappings` is asked for only where some of it is not guarded.
 */
export function accessibleLength(
  guard: Guard,
  mappings: () => readonly Mapping[],
  address: number,
  size: number,
  needed: number,
): number {
  const end = address + size;
  for (let page = pageOf(address); page < end; page = pageOf(page + PAGE_SIZE)) {
    const protection = guard.heapAt(page)
      ? guard.heapProtection.at(page)
      : (guard.foreignProtection(page) ?? protectionOf(mappings(), page));
    if ((protection & needed) !== needed) return Math.max(0, page - address);
  }
  return size;
}

function protectionOf(mappings: readonly Mapping[], page: number): number {
  return mappings.find(({ start, end }) => page >= start && page < end)?.protection ?? 0;
}
