import { AccessFlag } from "../model/index.js";
import { count } from "../report/index.js";

/** `5 reads, 2 writes`, of flags of accesses. */
export function accessCounts(flags: Uint8Array): string {
  const counts = { reads: 0, writes: 0, unknown: 0 };
  for (const bits of flags) {
    if (bits & AccessFlag.UNKNOWN) counts.unknown++;
    else if (bits & AccessFlag.WRITE) counts.writes++;
    else counts.reads++;
  }
  const { reads, writes, unknown } = counts;
  const others = unknown > 0 ? `, ${unknown} of unknown kind` : "";
  return `${count(reads, "read")}, ${count(writes, "write")}${others}`;
}
