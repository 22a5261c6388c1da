/**
 * A C type as a call needs it: how it is passed, how it lies in memory, and what it points to. Sizes
 * and offsets are GCC's on x86-64. A type may lead back to itself through a pointer.
 */
export type CType =
  | { readonly kind: "void" }
  | { readonly kind: "bool" }
  /** `char`: it may hold text, in UTF-8, UTF-16 or UTF-32 by its size (char, char16_t, wchar_t, char32_t). 16 bytes: `__int128`. */
  | {
      readonly kind: "int";
      readonly bytes: 1 | 2 | 4 | 8 | 16;
      readonly signed: boolean;
      readonly char: boolean;
    }
  /** 16 bytes: `long double`, the x87's 80 bits and 6 bytes of padding. */
  | { readonly kind: "float"; readonly bytes: 4 | 8 | 16 }
  /** Two floats of half its size: the real part and the imaginary one. */
  | { readonly kind: "complex"; readonly bytes: 8 | 16 | 32 }
  | EnumType
  /** `const`: what it points to must not be written. */
  | { readonly kind: "pointer"; readonly to: CType; readonly const: boolean }
  /** Only in memory: as a parameter it is a pointer. `length` null: `[]`. */
  | { readonly kind: "array"; readonly of: CType; readonly length: number | null }
  | RecordType
  /** Its layout is not known; it exists only behind a pointer. An incomplete struct becomes a record when it is completed. */
  | { readonly kind: "opaque"; readonly name: string }
  /** It exists only behind a pointer. `signature` null: its parameters are not known. */
  | { readonly kind: "function"; readonly text: string; readonly signature: Signature | null };

/** Of an integer's size. */
export interface EnumType {
  readonly kind: "enum";
  /** `enum color`, or the typedef's name where it has no tag. */
  readonly name: string;
  readonly bytes: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  readonly values: ReadonlyMap<string, bigint>;
}

/** A struct or a union with its layout. */
export interface RecordType {
  readonly kind: "record";
  readonly union: boolean;
  /** `struct point`, or the typedef's name where it has no tag. */
  readonly name: string;
  readonly fields: readonly RecordField[];
  /** In bytes, with the padding at its end, without a flexible array. */
  readonly size: number;
  /** In bytes. */
  readonly align: number;
}

/** A member. */
export interface RecordField {
  /**
   * Empty: an anonymous struct or union, whose fields are the record's own; or a bit-field of padding, which
   * has no value, and a class all the same.
   */
  readonly name: string;
  /** Of a bit-field: as it is declared. */
  readonly type: CType;
  /** In bytes from the record's start; of a bit-field: of the byte with its first bit. */
  readonly offset: number;
  /** Of a bit-field: `offset` in bits from the record's start, counted from each byte's lowest. */
  readonly bits: { readonly offset: number; readonly width: number } | null;
}

export interface Parameter {
  /** From the prototype's text; `argN` where it names none. */
  readonly name: string;
  readonly type: CType;
}

/** A C prototype. */
export interface Signature {
  readonly name: string;
  /** What the library exports it as, where that is another name. */
  readonly symbol?: string;
  readonly result: CType;
  readonly parameters: readonly Parameter[];
  /** It ends in `...`. */
  readonly variadic: boolean;
  /** As it was written. */
  readonly text: string;
}

/** Machine code that stands for a C comparator: `cmp:i32` and so on. */
export type ComparatorName = "i32" | "u8" | "f64" | "str";

/** A JavaScript function that C may call while the call runs. It may be given what it returns later. */
// biome-ignore lint/suspicious/noExplicitAny: what C passes is known from a text alone
export type CallbackFunction = (...values: any[]) => unknown;

/** What is passed for one parameter, checked against its type. */
export type ArgumentValue =
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number; readonly bytes: 4 | 8 }
  | { readonly kind: "null" }
  /** Passed as its bytes: a struct, a union, a complex number, what is wider than 64 bits. */
  | (Content & { readonly kind: "value"; readonly type: CType })
  | { readonly kind: "comparator"; readonly comparator: ComparatorName }
  | { readonly kind: "callback"; readonly signature: Signature; readonly fn: CallbackFunction }
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
