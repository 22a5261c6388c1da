import type { CType } from "../../model/index.js";
import { complex, DOUBLE, FLOAT, LONG_DOUBLE, opaque } from "../named-types.js";
import type { Token } from "../tokens.js";
import { typeText } from "../type-text.js";
import { declarationErrors } from "./errors.js";

/** GCC's integer modes, by their sizes in bytes; `word` and `pointer` as x86-64 has them. */
const INTEGERS: ReadonlyMap<string, 1 | 2 | 4 | 8 | 16> = new Map([
  ...(["QI", "byte"] as const).map((mode) => [mode, 1] as const),
  ["HI", 2],
  ["SI", 4],
  ...(["DI", "word", "pointer", "unwind_word", "libgcc_cmp_return"] as const).map(
    (mode) => [mode, 8] as const,
  ),
  ["TI", 16],
]);

const FLOATS: ReadonlyMap<string, CType> = new Map([
  ["SF", FLOAT],
  ["DF", DOUBLE],
  ["XF", LONG_DOUBLE],
  ["TF", opaque("_Float128")],
  ["HF", opaque("_Float16")],
  ["SC", complex(8)],
  ["DC", complex(16)],
  ["XC", complex(32)],
]);

/** The type that `__attribute__((mode(…)))` makes of `type`. @throws UsageError for a mode that is not known. */
export function typeOfMode(mode: string, type: CType, token: Token): CType {
  const bytes = INTEGERS.get(mode);
  const float = FLOATS.get(mode);
  if (float) return float;
  if (bytes === undefined || type.kind !== "int") throw declarationErrors.mode(token);
  return { kind: "int", bytes, signed: type.signed, char: false };
}

/** No call passes one, and its name says how large it is. */
export function vectorOf(type: CType, bytes: number): CType {
  return opaque(`${typeText(type)} __attribute__((vector_size(${bytes})))`);
}
