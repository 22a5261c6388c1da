import type { CallbackFunction, OutArgument, TypedArgument } from "../values/index.js";
import type { Narrow, Wide } from "./arithmetic-names.js";
import type { CallOptions } from "./scope-options.js";
import type { TracedCall } from "./traced-call.js";
import type { PointerValue } from "./value-types.js";
import type { CallResult, ValueObject } from "./wire-values.js";

/** What may be given where a pointer is due. Bytes, text, arrays and `out(n)` are made for the call. */
export type PointerArgument = PointerValue | OutArgument | readonly unknown[] | object;

/** A value of a call, where the prototype's text says nothing narrower. */
export type CallArgument = number | bigint | boolean | CallbackFunction | PointerArgument;

/** A value behind `...`. */
export type VariadicArgument = CallArgument | TypedArgument;

type Words<T extends string> = T extends `${infer Word} ${infer Rest}` ? Word | Words<Rest> : T;

type Has<T extends string, W extends string> = Extract<Words<T>, W> extends never ? false : true;

/** What a pointer to may be given as text. */
type Textual = "char" | "uchar" | "void" | `${"" | "u"}int8_t` | "wchar_t" | `char${16 | 32}_t`;

/** Of a pointer: text only where it points to characters, to bytes, or to a type that is not known. */
type PointerTo<T extends string> = T extends `${string}*${string}*${string}`
  ? Exclude<PointerArgument, string>
  : Has<T, Textual> extends true
    ? PointerArgument
    : Has<T, Narrow | Wide | "float" | "double" | "bool" | "_Bool" | "struct" | "FILE"> extends true
      ? Exclude<PointerArgument, string>
      : PointerArgument;

type ArgumentOf<T extends string> = T extends `${string}${"*" | "["}${string}`
  ? PointerTo<T>
  : Has<T, "struct" | "union" | "enum" | "_Complex"> extends true
    ? CallArgument
    : T extends `${string}long double${string}`
      ? number | bigint | string
      : Has<T, "float" | "double"> extends true
        ? number | bigint
        : Has<T, "bool" | "_Bool"> extends true
          ? boolean | 0 | 1
          : Has<T, Narrow | Wide> extends true
            ? number | bigint
            : CallArgument;

type ArgumentsOf<List extends string> = List extends `${infer First},${infer Rest}`
  ? [ArgumentOf<First>, ...TailOf<Rest>]
  : [ArgumentOf<List>];

type TailOf<List extends string> = List extends `${infer Space extends " "}${infer Rest}`
  ? Space extends " "
    ? TailOf<Rest>
    : never
  : List extends `...`
    ? VariadicArgument[]
    : ArgumentsOf<List>;

/** The values that a call of prototype `P` takes. Any, where its text says too little. */
export type PrototypeArguments<P extends string> = string extends P
  ? VariadicArgument[]
  : P extends `${string}(${infer List})`
    ? List extends `${string}(${string}`
      ? CallArgument[]
      : List extends "" | "void"
        ? []
        : ArgumentsOf<List>
    : VariadicArgument[];

/** What a call of prototype `P` returns: a pointer as a BigInt, an integer past 2^53 as a decimal string. */
export type PrototypeResult<P extends string> = string extends P
  ? CallResult
  : P extends `${infer Head}(${string}`
    ? Head extends `${string}*${string}`
      ? bigint | null
      : Has<Head, "struct" | "union" | "_Complex"> extends true
        ? ValueObject
        : Head extends `${string}long double${string}`
          ? number | string
          : Has<Head, "float" | "double"> extends true
            ? number
            : Has<Head, "bool" | "_Bool"> extends true
              ? boolean
              : Has<Head, Wide> extends true
                ? number | string
                : Has<Head, Narrow> extends true
                  ? number
                  : Has<Head, "void"> extends true
                    ? null
                    : CallResult
    : CallResult;

/** A native function: takes its values, then options if at all, and resolves when it has returned. */
export type ForeignFunction<P extends string = string> = (
  ...values: [...PrototypeArguments<P>, options?: CallOptions]
) => Promise<TracedCall<PrototypeResult<P>>>;
