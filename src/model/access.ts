import type { Tid, TraceeAddress } from "./address.js";
import type { EntryArguments } from "./entry-arguments.js";

/** What an access did. `unknown`: the instruction was not understood, and the trace says so. */
export type AccessKind = "read" | "write" | "unknown";

/** Who made it: an instruction of the tracee, or the kernel for one of its syscalls. */
export type AccessOrigin = "user" | "kernel";

/** One access, as an object. The hot path has columns instead: {@link AccessBatch}. */
export interface Access {
  readonly kind: AccessKind;
  /** The effective address: the lowest byte. */
  readonly address: TraceeAddress;
  /** In bytes. */
  readonly size: number;
  /** False only for a write that may not have happened. */
  readonly certain: boolean;
  /** The instruction that made it, at its original address. */
  readonly ip: TraceeAddress;
  readonly thread: Tid;
  readonly origin: AccessOrigin;
}

/** The bits of `AccessBatch.flags`. A read is a record with neither WRITE nor UNKNOWN. */
export const AccessFlag = { WRITE: 1, UNCERTAIN: 2, KERNEL: 4, UNKNOWN: 8 } as const;

/**
 * Accesses as columns: row `i` of every column is one access, in order of execution within a
 * thread. The columns may be longer than `length`; their buffers are transferable.
 */
export interface AccessBatch {
  readonly length: number;
  readonly address: Float64Array;
  readonly size: Float64Array;
  readonly ip: Float64Array;
  readonly thread: Int32Array;
  readonly flags: Uint8Array;
  /** What functions were entered with on the way, where any is to be told. */
  readonly entered?: EntryArguments | undefined;
}

/** Row `row` of `batch` as an object. */
export function accessAt(batch: AccessBatch, row: number): Access {
  const flags = batch.flags[row]!;
  return {
    kind: flags & AccessFlag.UNKNOWN ? "unknown" : flags & AccessFlag.WRITE ? "write" : "read",
    address: batch.address[row] as TraceeAddress,
    size: batch.size[row]!,
    certain: (flags & AccessFlag.UNCERTAIN) === 0,
    ip: batch.ip[row] as TraceeAddress,
    thread: batch.thread[row] as Tid,
    origin: flags & AccessFlag.KERNEL ? "kernel" : "user",
  };
}

/** The flags column of `access`. */
export function flagsOf(access: Pick<Access, "kind" | "certain" | "origin">): number {
  return (
    (access.kind === "write" ? AccessFlag.WRITE : 0) |
    (access.kind === "unknown" ? AccessFlag.UNKNOWN : 0) |
    (access.certain ? 0 : AccessFlag.UNCERTAIN) |
    (access.origin === "kernel" ? AccessFlag.KERNEL : 0)
  );
}
