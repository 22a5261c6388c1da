import type { Outcome } from "./outcome.js";

/** What a syscall uses memory for. */
export type Use =
  /** Bytes are copied in or out: any copy of them will do. */
  | "data"
  /** The pages themselves matter: they are pinned, locked or lent. A copy will not do. */
  | "pages"
  /** Neither the size nor the purpose is known. */
  | "opaque"
  /**
   * A structure that the kernel goes on to call by its address: a copy will not do, and pointers in it
   * are exchanged for the length of the call.
   */
  | "kept"
  /** A futex word: the kernel goes by its address as well as by its value. */
  | "futex";

/** What the kernel did to a part of an area. */
export interface Effect {
  readonly kind: "read" | "write" | "unknown";
  /** From the area's start. In bytes. */
  readonly offset: number;
  readonly size: number;
}

/** Where the flag stands that makes a futex private to its process. */
export type PrivateFlag = { readonly register: number } | { readonly offset: number };

/** Memory that a syscall is given a pointer to. */
export interface Area {
  /** Where the pointer stands: the index of an argument, or the offset in the area it is a part of. */
  readonly slot: number;
  /** As the program gave it. */
  readonly address: number;
  /** The most that the kernel uses from there, in bytes. */
  readonly size: number;
  readonly use: Use;
  /** The kernel may read it. */
  readonly readable: boolean;
  /** The kernel may write to it. */
  readonly writable: boolean;
  /** Areas that it holds pointers to. */
  readonly parts: readonly Area[];
  /** What the kernel did, once the call is over. */
  effects(end: Outcome): readonly Effect[];
  /** Of a futex. `offset`: in the area that it is a part of. */
  readonly privateFlag?: PrivateFlag;
}
