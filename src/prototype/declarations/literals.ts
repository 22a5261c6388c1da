import type { Constant } from "../names.js";
import type { Token } from "../tokens.js";
import { declarationErrors } from "./errors.js";

/** An integer literal with C's own choice of its type. @throws UsageError. */
export function integerLiteral(token: Token): Constant {
  const match = /^(0[xX][\da-fA-F]+|0[bB][01]+|\d+)([uUlL]*)$/.exec(token.text);
  const [, digits = "", suffix = ""] = match ?? [];
  if (!match || !/^(?:[uU]?(?:|l|L|ll|LL)|(?:l|L|ll|LL)[uU])$/.test(suffix)) {
    throw declarationErrors.notConstant(token);
  }
  const isOctal = /^0\d+$/.test(digits);
  if (isOctal && /[89]/.test(digits)) throw declarationErrors.notConstant(token);
  const value = BigInt(isOctal ? `0o${digits.slice(1)}` : digits);
  const isDecimal = /^[1-9]/.test(digits);
  const isUnsigned = /u/i.test(suffix);
  for (const bytes of /l/i.test(suffix) ? [8] : [4, 8]) {
    const bits = BigInt(bytes * 8);
    if (!isUnsigned && value < 1n << (bits - 1n)) return { value, bytes, signed: true };
    if ((isUnsigned || !isDecimal) && value < 1n << bits) return { value, bytes, signed: false };
  }
  throw declarationErrors.notConstant(token);
}

const ESCAPES: Readonly<Record<string, number>> = {
  ...{ a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, e: 27 },
  ...{ "\\": 92, "'": 39, '"': 34, "?": 63 },
};

/** `'a'`, an int; of several characters, each shifted in behind the one before. */
export function characterLiteral(token: Token): Constant {
  let value = 0n;
  const parts = token.text
    .slice(1, -1)
    .matchAll(/\\(x[\da-fA-F]+|[0-7]{1,3}|u[\da-fA-F]{4}|[\s\S])|[^\\]/gu);
  for (const [whole, code] of parts) {
    const bytes = code === undefined ? Buffer.from(whole) : [escaped(code, token) & 0xff];
    for (const byte of bytes) value = (value << 8n) | BigInt.asUintN(8, BigInt(byte));
    if (value < 0x100n) value = BigInt.asIntN(8, value);
  }
  return { value: BigInt.asIntN(32, value), bytes: 4, signed: true };
}

/** What follows a backslash. */
function escaped(code: string, token: Token): number {
  if (/^[xu][\da-fA-F]/.test(code)) return Number.parseInt(code.slice(1), 16);
  if (/^[0-7]/.test(code)) return Number.parseInt(code, 8);
  const value = ESCAPES[code];
  if (value === undefined) throw declarationErrors.notConstant(token);
  return value;
}
