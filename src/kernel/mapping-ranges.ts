import type { AddressRange } from "../model/index.js";
import type { Mapping } from "../native/memory/maps.js";

/** The heap of brk(2) from `start` to its end, holes included; empty where it ends before. */
export function heapFrom(start: number, mappings: readonly Mapping[]): AddressRange[] {
  const last = mappings.findLast(({ name }) => name === "[heap]");
  return last && last.end > start ? [{ start, end: last.end } as AddressRange] : [];
}

/** The mapping that begins at `start`. */
export function mappingAt(start: number, mappings: readonly Mapping[]): AddressRange[] {
  return mappings.filter((mapping) => mapping.start === start);
}

/**
 * What is left of the shared memory segment attached at `address`: the mappings of its file whose
 * offset is their distance from the address (ksys_shmdt in ipc/shm.c).
 */
export function segmentAt(address: number, mappings: readonly Mapping[]): AddressRange[] {
  const parts = mappings.filter(
    ({ start, offset, shared, name }) =>
      start >= address && start - address === offset && shared && name.startsWith("/SYSV"),
  );
  const [first] = parts;
  return parts.filter(
    ({ inode, deviceMajor, deviceMinor }) =>
      inode === first!.inode &&
      deviceMajor === first!.deviceMajor &&
      deviceMinor === first!.deviceMinor,
  );
}
