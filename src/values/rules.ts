import type { ArgumentValue } from "../model/index.js";
import type { ValueErrors } from "./errors.js";
import type { Layout } from "./layout.js";

/** What values are checked with. `M` is memory that is there already: the command has none. */
export interface ValueRules<M> {
  readonly errors: ValueErrors;
  /** The memory that `value` stands for; null where it is a value of another kind. */
  memoryOf(value: unknown): M | null;
}

/** What memory is to hold, before it has a place. */
export interface Laid<M> {
  /** Null where it is not laid out by a type. */
  readonly layout: Layout | null;
  /** Null: uninitialised. What `pointers` write is zero. */
  readonly bytes: Uint8Array | null;
  /** In bytes. */
  readonly size: number;
  readonly pointers: readonly LaidPointer<M>[];
}

/** An address that is to be written, in bytes from the start. */
export interface LaidPointer<M> {
  readonly offset: number;
  /** Of memory that is made for it. */
  readonly name: string;
  readonly to: { readonly memory: M } | { readonly laid: Laid<M> };
}

/** A value for one parameter, checked against its type: of the command line, or of a program. */
export type CheckedValue<M> =
  | ArgumentValue
  /** 64 bits. */
  | { readonly kind: "address"; readonly value: bigint; readonly const: boolean }
  | { readonly kind: "memory"; readonly memory: M; readonly const: boolean }
  /** Memory to be made that has pointers in it. */
  | { readonly kind: "laid"; readonly laid: Laid<M>; readonly const: boolean };
