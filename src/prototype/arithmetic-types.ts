import type { CType } from "../model/index.js";
import * as named from "./named-types.js";

const inOrder = (words: readonly string[]): string => [...words].sort().join(" ");

/** Every way C spells its own types, but for the order of the words. */
const SPELLINGS: readonly (readonly [CType, ...string[]])[] = [
  [named.VOID, "void"],
  [named.BOOL, "_Bool"],
  [named.CHAR, "char"],
  [named.I8, "signed char"],
  [named.U8, "unsigned char"],
  [named.I16, "short", "short int", "signed short", "signed short int"],
  [named.U16, "unsigned short", "unsigned short int"],
  [named.I32, "int", "signed", "signed int"],
  [named.U32, "unsigned", "unsigned int"],
  [named.I64, "long", "long int", "signed long", "signed long int"],
  [named.I64, "long long", "long long int", "signed long long", "signed long long int"],
  [named.U64, "unsigned long", "unsigned long int"],
  [named.U64, "unsigned long long", "unsigned long long int"],
  [named.FLOAT, "float", "_Float32"],
  [named.DOUBLE, "double", "_Float64", "_Float32x"],
  [named.LONG_DOUBLE, "long double", "_Float64x"],
  [named.I128, "__int128", "signed __int128"],
  [named.U128, "unsigned __int128"],
  [named.complex(8), "float _Complex"],
  [named.complex(16), "double _Complex", "_Complex"],
  [named.complex(32), "long double _Complex"],
];

const bySpelling: ReadonlyMap<string, CType> = new Map(
  SPELLINGS.flatMap(([type, ...spellings]) =>
    spellings.map((spelling) => [inOrder(spelling.split(" ")), type] as const),
  ),
);

/** Types of GCC's that no argument can be made for; behind a pointer they are just memory. */
const UNPASSABLE = /_Complex|_Imaginary|_Float16|_Float64x|loat128|_Decimal/;

const ALIASES: ReadonlyMap<string, string> = new Map([
  ["__signed", "signed"],
  ["__signed__", "signed"],
  ["complex", "_Complex"],
  ["__complex__", "_Complex"],
  ["__complex", "_Complex"],
]);

/** The type that `words` spell together; null where C has no such type. */
export function arithmeticType(words: readonly string[]): CType | null {
  const plain = words.map((word) => ALIASES.get(word) ?? word);
  const name = plain.join(" ");
  return bySpelling.get(inOrder(plain)) ?? (UNPASSABLE.test(name) ? named.opaque(name) : null);
}

/** Whether an opaque type of this name is one of C's own that cannot be passed. */
export function isUnpassable(name: string): boolean {
  return UNPASSABLE.test(name);
}
