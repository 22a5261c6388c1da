import type { CType } from "../../model/index.js";

/** What one conversion of a format takes. */
export interface Conversion {
  /** As it stands in the format: `%5.2f`; of a width that is an argument too: `*`. */
  readonly text: string;
  /** Of the value, before C's promotions. */
  readonly type: CType;
  /** Of the value it takes, counted from 0, where the format says it (`%2$d`); else the next. */
  readonly position: number | null;
}

export const integer = (bytes: 1 | 2 | 4 | 8, signed: boolean, char = false): CType => ({
  kind: "int",
  bytes,
  signed,
  char,
});

export const DOUBLE: CType = { kind: "float", bytes: 8 };
export const LONG_DOUBLE: CType = { kind: "float", bytes: 16 };
export const FLOAT: CType = { kind: "float", bytes: 4 };
export const CHAR = integer(1, true, true);
export const WCHAR = integer(4, true, true);

export const pointerTo = (to: CType, isConst = false): CType => ({
  kind: "pointer",
  to,
  const: isConst,
});

/** Bytes of an integer with this length modifier. */
export function lengthOf(modifier: string): 1 | 2 | 4 | 8 {
  if (modifier === "") return 4;
  return modifier === "hh" ? 1 : modifier === "h" ? 2 : 8;
}

/** `2$` of `%2$d`. */
export function positionOf(number: string | undefined): number | null {
  return number === undefined ? null : Number.parseInt(number, 10) - 1;
}
