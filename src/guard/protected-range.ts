import type { AddressRange } from "../model/index.js";

/** A run of pages with one protection, as mprotect(2) takes it. */
export interface ProtectedRange extends AddressRange {
  readonly protection: number;
}
