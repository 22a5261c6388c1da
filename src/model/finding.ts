import type { Access } from "./access.js";
import type { TraceeAddress } from "./address.js";

/** One allocation of the traced heap that a call was given. */
export interface HeapBuffer {
  readonly name: string;
  /** 0-based position of the argument it was made for. */
  readonly arg: number;
  readonly address: TraceeAddress;
  /** In bytes. */
  readonly size: number;
  /** It must not be written. */
  readonly const: boolean;
}

export type FindingKind =
  | "out-of-bounds-read"
  | "out-of-bounds-write"
  | "use-after-free"
  | "uninitialised-read"
  | "const-write";

/** Something a call must not do. Neighbouring bytes at one place are one finding. */
export interface Finding {
  readonly kind: FindingKind;
  readonly buffer: string;
  /** Of the first offending byte, from the buffer's start; negative before it. */
  readonly offset: number;
  /** Offending bytes, not the whole access. */
  readonly size: number;
  /** Accesses that it stands for. */
  readonly count: number;
  readonly ip: TraceeAddress;
  /** The first access. */
  readonly access: Access;
}
