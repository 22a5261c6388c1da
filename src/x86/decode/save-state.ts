import type { MemoryAccess } from "./memory-access.js";
import type { Extent, XsaveLayout } from "./xsave-layout.js";

/** The inputs of XSAVE and its kin. */
export interface SaveState {
  /** RFBM: the components asked for in edx:eax that the system has enabled. */
  readonly requested: bigint;
  /** Where components lie in the standard format. */
  readonly standard: XsaveLayout;
  /** A 64-bit field of the area, or null if memory cannot be read. */
  readonly field: (extent: Extent) => bigint | null;
}

/** What is done with a part of a save area. */
export interface Part extends Extent {
  readonly kind: MemoryAccess["kind"];
  readonly certain: boolean;
}

/** What is done with a component: nothing is known if its place is not. */
export function componentPart(extent: Extent | null, part: Omit<Part, "start" | "end">): Part {
  return extent ? { ...part, ...extent } : { kind: "unknown", certain: true, start: 0, end: 0 };
}
