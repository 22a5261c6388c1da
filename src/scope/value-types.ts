import type { Fields, PointerType, StructType, TypeSpec } from "../values/index.js";
import type { Narrow, Wide } from "./arithmetic-names.js";
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
    ? PointerValue | readonly unknown[] | object
    : T extends Composed
      ? object | number | bigint | string
      : T extends "float" | "double"
        ? number
        : T extends "bool" | "_Bool"
          ? boolean
          : number | bigint | boolean | string | object;

/** What a text of a type says of it that is no integer of C. */
type Composed =
  | `${"struct" | "union" | "enum" | "long double"} ${string}`
  | `${string}_Complex`
  | "long double";

type StructValue<F extends Fields> = { readonly [K in keyof F]?: ValueOf<F[K]> };

/** What memory of a type is read as. */
export type HeldValue<T> = T extends `${string}]`
  ? unknown[]
  : T extends `${string}*${string}`
    ? bigint | null
    : T extends "float" | "double"
      ? number
      : T extends `${"struct" | "union"} ${string}`
        ? Record<string, unknown>
        : T extends ArithmeticText
          ? number | bigint | boolean
          : unknown;

type ArithmeticText =
  | Narrow
  | Wide
  | "bool"
  | "_Bool"
  | `${string} ${"char" | "short" | "int" | "long"}`;
