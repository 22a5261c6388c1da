/** A C type as a call needs it: how it is passed, and what it points to. */
export type CType =
  | { readonly kind: "void" }
  | { readonly kind: "bool" }
  /** `char`: it may hold text, in UTF-8, UTF-16 or UTF-32 by its size (char, char16_t, wchar_t, char32_t). */
  | {
      readonly kind: "int";
      readonly bytes: 1 | 2 | 4 | 8;
      readonly signed: boolean;
      readonly char: boolean;
    }
  | { readonly kind: "float"; readonly bytes: 4 | 8 }
  /** `const`: what it points to must not be written. */
  | { readonly kind: "pointer"; readonly to: CType; readonly const: boolean }
  /** Its layout is not known; it exists only behind a pointer. */
  | { readonly kind: "opaque"; readonly name: string }
  /** It exists only behind a pointer. */
  | { readonly kind: "function"; readonly text: string };

export interface Parameter {
  /** From the prototype's text; `argN` where it names none. */
  readonly name: string;
  readonly type: CType;
}

/** A C prototype. */
export interface Signature {
  readonly name: string;
  readonly result: CType;
  readonly parameters: readonly Parameter[];
  /** It ends in `...`. */
  readonly variadic: boolean;
  /** As it was written. */
  readonly text: string;
}

/** Machine code that stands for a C comparator: `cmp:i32` and so on. */
export type ComparatorName = "i32" | "u8" | "f64" | "str";

/** What is passed for one parameter, checked against its type. */
export type ArgumentValue =
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number; readonly bytes: 4 | 8 }
  | { readonly kind: "null" }
  | { readonly kind: "comparator"; readonly comparator: ComparatorName }
  /** Lives in the traced heap. */
  | (Content & { readonly kind: "buffer"; readonly const: boolean });

/** What memory is to hold. */
export interface Content {
  /** Null: uninitialised. */
  readonly bytes: Uint8Array | null;
  /** In bytes. */
  readonly size: number;
  /** Addresses that are to be written into it, of memory that is made for them; none unless given. */
  readonly pointers?: readonly ContentPointer[];
}

export interface ContentPointer {
  /** In bytes, from the start. */
  readonly offset: number;
  /** What the memory is called: `argv[0]`. */
  readonly name: string;
  readonly to: Content;
}

/** One argument of a call, with the parameter it is for (variadic ones are named `argN`). */
export interface Argument {
  readonly name: string;
  /** 0-based position. */
  readonly index: number;
  readonly value: ArgumentValue;
}
