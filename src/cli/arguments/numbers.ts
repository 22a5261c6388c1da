/** `10`, `-5`, `+5`, `0xff`. A leading 0 does not make it octal. */
const INTEGER = /^([+-]?)(\d+|0x[\da-f]+)$/i;

/** `2.5`, `.5`, `5.`, `1e9`, `-0.0`. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const NOT_FINITE = /^([+-]?)(inf|infinity|nan)$/i;

/** `'a'`, `'\n'`, `'\x7f'`, `'\''`. */
const CHARACTER = /^'(?:\\(x[\da-f]{1,2}|[0abefnrtv\\'"])|([^\\']))'$/iu;

const ESCAPES: Readonly<Record<string, number>> = {
  "0": 0,
  a: 7,
  b: 8,
  e: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
  "'": 39,
  '"': 34,
};

/** The integer that `text` writes, at any size; null where it is none. A character is its code. */
export function readInteger(text: string): bigint | null {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits !== undefined) return sign === "-" ? -BigInt(digits) : BigInt(digits);
  const [, escaped, character] = CHARACTER.exec(text) ?? [];
  if (character !== undefined) return BigInt(character.codePointAt(0)!);
  if (escaped === undefined) return null;
  return BigInt(ESCAPES[escaped] ?? Number.parseInt(escaped.slice(1), 16));
}

/** The double nearest to what `text` writes, infinite where it is too large; null where it is no number. */
export function readFloat(text: string): number | null {
  if (DECIMAL.test(text)) return Number(text);
  const [, sign, word] = NOT_FINITE.exec(text) ?? [];
  if (word !== undefined) {
    return /^nan$/i.test(word) ? Number.NaN : sign === "-" ? -Infinity : Infinity;
  }
  const integer = readInteger(text);
  return integer === null ? null : Number(integer);
}

/** Whether `text` says that infinity is meant, not merely a number that is too large. */
export function isInfinity(text: string): boolean {
  return NOT_FINITE.test(text);
}

/** Whether `text` is a number with digits: what is never taken for text or a pointer. */
export function isPlainNumber(text: string): boolean {
  return INTEGER.test(text) || DECIMAL.test(text);
}
