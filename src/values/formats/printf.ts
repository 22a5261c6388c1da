import type { CType } from "../../model/index.js";
import {
  CHAR,
  type Conversion,
  DOUBLE,
  integer,
  LONG_DOUBLE,
  lengthOf,
  pointerTo,
  positionOf,
  WCHAR,
} from "./conversion.js";

/** Flags, width, precision, length and letter, as printf(3) has them. */
const CONVERSION =
  /%(?:(\d+)\$)?[-+ #0'I]*(?:\d+|(\*)(?:(\d+)\$)?)?(?:\.(?:\d+|(\*)(?:(\d+)\$)?)?)?(hh|h|ll|l|L|q|j|z|Z|t)?([a-zA-Z%])/y;

/** The conversions of printf that start at `at`, and where they end; null where it knows none such. */
export function printfConversion(
  format: string,
  at: number,
): { readonly conversions: readonly Conversion[]; readonly end: number } | null {
  CONVERSION.lastIndex = at;
  const match = CONVERSION.exec(format);
  if (!match) return null;
  const [text, position, width, widthAt, precision, precisionAt, length = "", letter] = match;
  const stars = [
    ...(width ? [{ text: "*", type: integer(4, true), position: positionOf(widthAt) }] : []),
    ...(precision
      ? [{ text: "*", type: integer(4, true), position: positionOf(precisionAt) }]
      : []),
  ];
  const end = at + text.length;
  if (letter === "%" || letter === "m") return { conversions: stars, end };
  const type = typeOf(letter!, length);
  if (type === undefined) return null;
  return { conversions: [...stars, { text, type, position: positionOf(position) }], end };
}

/** Undefined where the letter is none of printf's. */
function typeOf(letter: string, length: string): CType | undefined {
  if ("di".includes(letter)) return integer(lengthOf(length), true);
  if ("ouxXbB".includes(letter)) return integer(lengthOf(length), false);
  if ("aAeEfFgG".includes(letter)) return length === "L" ? LONG_DOUBLE : DOUBLE;
  const isWide = length === "l";
  switch (letter) {
    case "c":
      return isWide ? WCHAR : CHAR;
    case "C":
      return WCHAR;
    case "s":
      return pointerTo(isWide ? WCHAR : CHAR, true);
    case "S":
      return pointerTo(WCHAR, true);
    case "p":
      return pointerTo({ kind: "void" }, true);
    case "n":
      return pointerTo(integer(lengthOf(length), true));
    default:
      return undefined;
  }
}
