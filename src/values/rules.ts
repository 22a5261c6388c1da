import type { ArgumentValue, CType } from "../model/index.js";
import type { Names } from "../prototype/index.js";
import type { ValueErrors } from "./errors.js";
import type { Layout } from "./layout.js";

/** What values are checked with. `M` is memory that is there already: the command has none. */
export interface ValueRules<M> {
  readonly errors: ValueErrors;
  /** The memory that `value` stands for; null where it is a value of another kind. */
  memoryOf(value: unknown): M | null;
  /** The address of a function that is kept for C to call; null for a value of another kind. */
  codeOf?(value: unknown): bigint | null;
  /** What is declared, for types that `as` names. */
  readonly names?: Names;
}

/** What memory is to hold, before it has a place: {@link Content} that may point to memory that is there. */
export interface Laid<M> {
  /** Not where it is laid out by no type. */
  readonly layout?: Layout;
  /** Null: uninitialised. What `pointers` write is zero. */
  readonly bytes: Uint8Array | null;
  /** In bytes. */
  readonly size: number;
  readonly pointers?: readonly LaidPointer<M>[];
}

/** An address that is to be written, in bytes from the start. */
export interface LaidPointer<M> {
  readonly offset: number;
  /** Of memory that is made for it. */
  readonly name: string;
  readonly to: Laid<M> | { readonly memory: M };
}

/** A value for one parameter, checked against its type: of the command line, or of a program. */
export type CheckedValue<M> =
  | Exclude<ArgumentValue, { kind: "buffer" | "value" }>
  /** Passed as its bytes. */
  | (Omit<Laid<M>, "layout"> & { readonly kind: "value"; readonly type: CType })
  /** Memory to be made. */
  | (Omit<Laid<M>, "layout"> & { readonly kind: "buffer"; readonly const: boolean })
  /** What memory holds, passed by value. */
  | { readonly kind: "copy"; readonly memory: M; readonly type: CType }
  /** 64 bits. */
  | { readonly kind: "address"; readonly value: bigint; readonly const: boolean }
  | { readonly kind: "memory"; readonly memory: M; readonly const: boolean };
