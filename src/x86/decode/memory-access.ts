import type { Access } from "../../model/index.js";

/**
 * One access of an instruction. `size` 0 with kind `unknown`: how many bytes is not known.
 * `certain` is false only for a write that may not have happened.
 */
export type MemoryAccess = Pick<Access, "kind" | "address" | "size" | "certain">;

/** Memory of the tracee, read through the guard; null where not all of it is mapped. */
export type MemoryReader = (address: Access["address"], size: number) => Uint8Array | null;
