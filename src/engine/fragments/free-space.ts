import type { Mapping } from "../../native/index.js";

/** Left free between mappings and what is put there, in bytes. */
const GAP = 1 << 16;
/** Left behind a mapping, which may be a heap that grows, where there is enough. In bytes. */
const ROOM_TO_GROW = 64 << 20;

/** Where `size` bytes fit that begin less than `reach` from `ip`, as near as can be; null if nowhere. */
export function freeSpaceNear(
  ip: number,
  size: number,
  reach: number,
  mappings: readonly Mapping[],
): number | null {
  let best: number | null = null;
  for (let i = 0; i + 1 < mappings.length; i++) {
    const [after, before] = [mappings[i]!.end, mappings[i + 1]!.start];
    if (before - after < size + 2 * GAP) continue;
    // Near the lower mapping, which may be a heap that grows, and near the upper.
    for (const start of [after + ROOM_TO_GROW, after + GAP, before - size - GAP]) {
      if (start < after + GAP || start + size + GAP > before) continue;
      if (Math.abs(start - ip) >= reach) continue;
      if (best === null || Math.abs(start - ip) < Math.abs(best - ip)) best = start;
    }
  }
  return best;
}
