import type { CType } from "../../model/index.js";

/** In bytes. */
export interface Extent {
  readonly size: number;
  readonly align: number;
}

const square = (bytes: number): Extent => ({ size: bytes, align: bytes });

/** Types of GCC's that no call passes, by name. */
const OPAQUE: readonly (readonly [RegExp, Extent])[] = [
  [/^_Float16$|^__bf16$/, square(2)],
  [/^_Decimal32$/, square(4)],
  [/^_Decimal64$/, square(8)],
  [/^_Decimal128$|^_*[Ff]loat128$/, square(16)],
  [/_*[Ff]loat128 _Complex|_Complex _*[Ff]loat128/, { size: 32, align: 16 }],
  [/va_list$/, { size: 24, align: 8 }], // AMD64 psABI, 3.5.7
];

/** How much memory a value of `type` takes, and where it may lie; null where that is not known. */
export function extentOf(type: CType): Extent | null {
  switch (type.kind) {
    case "bool":
      return square(1);
    case "int":
    case "float":
    case "enum":
      return square(type.bytes);
    case "complex":
      return { size: type.bytes, align: type.bytes / 2 };
    case "pointer":
      return square(8);
    case "array": {
      const of = extentOf(type.of);
      return of && { size: of.size * (type.length ?? 0), align: of.align };
    }
    case "record":
      return type;
    case "opaque":
      return opaqueExtent(type.name);
    // GCC gives both a size of 1.
    case "void":
    case "function":
      return null;
  }
}

function opaqueExtent(name: string): Extent | null {
  const vector = /vector_size\((\d+)\)/.exec(name);
  if (vector) return square(Number(vector[1]));
  return OPAQUE.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}
