import type { CType } from "../../model/index.js";
import {
  CHAR,
  type Conversion,
  DOUBLE,
  FLOAT,
  integer,
  LONG_DOUBLE,
  lengthOf,
  pointerTo,
  positionOf,
  WCHAR,
} from "./conversion.js";

/** `*`, width, `m`, length, and a letter or a set, as scanf(3) has them. */
const CONVERSION =
  /%(?:(\d+)\$)?(\*)?'?\d*(m)?(hh|h|ll|l|L|q|j|z|Z|t)?(\[\^?\]?[^\]]*\]|[a-zA-Z%])/y;

/** As of printf: all that it takes are pointers. */
export function scanfConversion(
  format: string,
  at: number,
): { readonly conversions: readonly Conversion[]; readonly end: number } | null {
  CONVERSION.lastIndex = at;
  const match = CONVERSION.exec(format);
  if (!match) return null;
  const [text, position, discarded, allocates, length = "", letter] = match;
  const end = at + text.length;
  const to = targetOf(letter![0]!, length);
  if (to === undefined) return null;
  if (letter === "%" || discarded) return { conversions: [], end };
  const type = to && pointerTo(allocates ? pointerTo(to) : to);
  return { conversions: [{ text, type, position: positionOf(position) }], end };
}

/** What a conversion stores; undefined where the letter is none of scanf's. */
function targetOf(letter: string, length: string): CType | undefined {
  if ("din".includes(letter)) return integer(lengthOf(length), true);
  if ("ouxX".includes(letter)) return integer(lengthOf(length), false);
  if ("aAeEfFgG".includes(letter)) {
    if (length === "L") return LONG_DOUBLE;
    return length === "l" ? DOUBLE : FLOAT;
  }
  if ("cs[".includes(letter)) return length === "l" ? WCHAR : CHAR;
  if ("CS".includes(letter)) return WCHAR;
  if (letter === "p") return pointerTo({ kind: "void" });
  return letter === "%" ? { kind: "void" } : undefined;
}
