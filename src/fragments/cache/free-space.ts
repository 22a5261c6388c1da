import { type AddressRange, type TraceeAddress, USER_SPACE_END } from "../../model/index.js";
import type { ProcessMappings } from "../../native/remote/process-mappings.js";

/** Left free between mappings and what is put there, in bytes. */
const GAP = 1 << 16;
/** Left behind a mapping, which may be a heap that grows, where there is enough. In bytes. */
const ROOM_TO_GROW = 64 << 20;

/** Where `size` bytes fit that begin less than `reach` from `ip`, as near as can be; null if nowhere. */
export function freeSpaceNear(
  ip: number,
  size: number,
  reach: number,
  mappings: Pick<ProcessMappings, "within">,
): number | null {
  let best: number | null = null;
  const from = Math.max(0, ip - reach - ROOM_TO_GROW);
  const to = Math.min(USER_SPACE_END, ip + reach + size + ROOM_TO_GROW);
  // Below the first of all mappings are null pointers with an offset.
  let after = from > 0 ? from : to;
  for (const { start: before, end } of [...mappings.within(from, to), emptyAt(to)]) {
    // Near the lower mapping, which may be a heap that grows, and near the upper.
    for (const start of [after + ROOM_TO_GROW, after + GAP, before - size - GAP]) {
      if (start < after + GAP || start + size + GAP > before) continue;
      if (Math.abs(start - ip) >= reach) continue;
      if (best === null || Math.abs(start - ip) < Math.abs(best - ip)) best = start;
    }
    after = end;
  }
  return best;
}

/** No more is known of there. */
const emptyAt = (address: number): AddressRange => ({
  start: address as TraceeAddress,
  end: address as TraceeAddress,
});
