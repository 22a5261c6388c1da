import type { Fields, PointerType, StructType, TypeSpec } from "../values/index.js";
import type { BufferPointer, ScopeBuffer } from "./scope-buffer.js";

/** What a pointer may be given as: memory of the scope, bytes or text of its own, null, an address. */
export type PointerValue =
  | ScopeBuffer
  | BufferPointer
  | ArrayBufferView
  | ArrayBuffer
  | string
  | bigint
  | null;

/** The JavaScript values of a type. What a struct leaves out is zero. */
export type ValueOf<T> = TypeSpec extends T
  ? unknown
  : T extends StructType<infer F>
    ? StructValue<F>
    : T extends PointerType<infer P>
      ? PointerValue | ValueOf<P>
      : T extends string
        ? TextValue<T>
        : never;

/** Of a type that is written as C writes it. */
type TextValue<T extends string> = T extends `${string}]`
  ? readonly unknown[] | ArrayBufferView | ArrayBuffer | string
  : T extends `${string}*${string}`
    ? PointerValue | readonly unknown[]
    : T extends "float" | "double"
      ? number
      : T extends "bool" | "_Bool"
        ? boolean
        : number | bigint | boolean;

type StructValue<F extends Fields> = { readonly [K in keyof F]?: ValueOf<F[K]> };

/** What memory of a type is read as. */
export type HeldValue<T> = T extends `${string}]`
  ? unknown[]
  : T extends `${string}*${string}`
    ? bigint | null
    : T extends "float" | "double"
      ? number
      : T extends string
        ? number | bigint | boolean
        : unknown;
