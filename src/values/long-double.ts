/**
 * The x87's extended format (Intel SDM volume 1, 4.2.2): 64 bits of significand with its leading 1,
 * 15 of exponent, a sign; 16 bytes in memory, of which the last 6 are padding.
 */
const BYTES = 16;
const SIGNIFICAND_BITS = 64;
const BIAS = 16383;
const SPECIAL = 0x7fff;
/** The exponent of the last bit of the smallest denormal. */
const LEAST_EXPONENT = 1 - BIAS - (SIGNIFICAND_BITS - 1);

/** Digits that say every long double exactly (LDBL_DECIMAL_DIG), and that every decimal survives (LDBL_DIG, less). */
const MOST_DIGITS = 21;
const FEWEST_DIGITS = 15;

/** What a decimal exponent past this makes is 0 or infinite, whatever its digits, which are fewer. */
const MOST_EXPONENT = 20_000;
const MOST_TEXT = 10_000;

const DECIMAL = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d{1,9}))?$/i;
const WORD = /^([+-]?)(inf|infinity|nan)$/i;

/**
 * A number, an integer or a decimal text as a long double: exactly, or the nearest one, as C rounds. Null for
 * what is no number.
 */
export function longDoubleOf(value: unknown): Uint8Array | null {
  if (typeof value === "bigint") return rounded(value < 0n, value < 0n ? -value : value, 1n);
  if (typeof value === "number") return ofNumber(value);
  return typeof value === "string" && value.length <= MOST_TEXT ? ofText(value) : null;
}

/** Whether it is infinite. */
export function isInfinite(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  return (
    (view.getUint16(8, true) & SPECIAL) === SPECIAL && view.getBigUint64(0, true) === 1n << 63n
  );
}

/** A long double as a number where it is one exactly; else the shortest decimal text that it alone is nearest to. */
export function readLongDouble(view: DataView, offset: number): number | string {
  const significand = view.getBigUint64(offset, true);
  const high = view.getUint16(offset + 8, true);
  const isNegative = high >= 0x8000;
  const exponent = high & SPECIAL;
  if (exponent === SPECIAL) {
    if (BigInt.asUintN(63, significand) !== 0n) return Number.NaN;
    return isNegative ? -Infinity : Infinity;
  }
  if (significand === 0n) return isNegative ? -0 : 0;
  const scale = Math.max(exponent, 1) - BIAS - (SIGNIFICAND_BITS - 1);
  const number = exactNumber(significand, scale);
  if (number !== null) return isNegative ? -number : number;
  return `${isNegative ? "-" : ""}${decimal(significand, scale)}`;
}

function ofNumber(value: number): Uint8Array {
  const isNegative = value < 0 || Object.is(value, -0);
  if (Number.isNaN(value)) return encoded(false, 0xc000_0000_0000_0000n, SPECIAL);
  if (!Number.isFinite(value)) return encoded(isNegative, 1n << 63n, SPECIAL);
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const significand = (bits & 0xf_ffff_ffff_ffffn) | (exponent === 0 ? 0n : 1n << 52n);
  const scale = Math.max(exponent, 1) - 1075;
  return scaled(isNegative, significand, scale);
}

function ofText(text: string): Uint8Array | null {
  const [, wordSign, word] = WORD.exec(text) ?? [];
  if (word !== undefined) {
    return ofNumber(/^n/i.test(word) ? Number.NaN : wordSign === "-" ? -Infinity : Infinity);
  }
  const [, sign, whole, fraction, exponent = "0"] = DECIMAL.exec(text) ?? [];
  if (whole === undefined || fraction === undefined || whole + fraction === "") return null;
  const isNegative = sign === "-";
  const digits = BigInt(whole + fraction);
  const power = Number(exponent) - fraction.length;
  if (digits === 0n || power < -MOST_EXPONENT) return encoded(isNegative, 0n, 0);
  if (power > MOST_EXPONENT) return encoded(isNegative, 1n << 63n, SPECIAL);
  const ten = 10n ** BigInt(Math.abs(power));
  return power < 0 ? rounded(isNegative, digits, ten) : rounded(isNegative, digits * ten, 1n);
}

/** `significand` times 2 to the `scale`. */
function scaled(isNegative: boolean, significand: bigint, scale: number): Uint8Array {
  const two = 1n << BigInt(Math.abs(scale));
  return scale < 0
    ? rounded(isNegative, significand, two)
    : rounded(isNegative, significand * two, 1n);
}

/** The nearest to a quotient, the even one of two. */
function rounded(isNegative: boolean, numerator: bigint, denominator: bigint): Uint8Array {
  if (numerator === 0n) return encoded(isNegative, 0n, 0);
  // The quotient's first bit is this one's, or the one below it.
  const first = bitLength(numerator) - bitLength(denominator);
  let last = Math.max(first - SIGNIFICAND_BITS, LEAST_EXPONENT);
  let quotient = roundedQuotient(numerator, denominator, last);
  if (bitLength(quotient) > SIGNIFICAND_BITS) {
    last++;
    quotient = roundedQuotient(numerator, denominator, last);
  }
  if (bitLength(quotient) > SIGNIFICAND_BITS) {
    last++;
    quotient >>= 1n;
  }
  if (bitLength(quotient) < SIGNIFICAND_BITS) return encoded(isNegative, quotient, 0);
  const exponent = last + SIGNIFICAND_BITS - 1 + BIAS;
  if (exponent >= SPECIAL) return encoded(isNegative, 1n << 63n, SPECIAL);
  return encoded(isNegative, quotient, exponent);
}

/** The quotient in units of 2 to the `last`. */
function roundedQuotient(numerator: bigint, denominator: bigint, last: number): bigint {
  const shift = BigInt(Math.abs(last));
  const above = last < 0 ? numerator << shift : numerator;
  const below = last < 0 ? denominator : denominator << shift;
  const quotient = above / below;
  const twice = (above % below) * 2n;
  const isUp = twice > below || (twice === below && (quotient & 1n) === 1n);
  return isUp ? quotient + 1n : quotient;
}

function encoded(isNegative: boolean, significand: bigint, exponent: number): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  const view = viewOf(bytes);
  view.setBigUint64(0, significand, true);
  view.setUint16(8, exponent | (isNegative ? 0x8000 : 0), true);
  return bytes;
}

/** Null where no double is it. */
function exactNumber(significand: bigint, scale: number): number | null {
  const zeros = bitLength(significand & -significand) - 1;
  const [odd, power] = [significand >> BigInt(zeros), scale + zeros];
  if (bitLength(odd) > 53 || power < -1074) return null;
  const number = power > 1023 ? Infinity : Number(odd) * 2 ** power;
  return number === Infinity ? null : number;
}

function decimal(significand: bigint, scale: number): string {
  const wanted = scaled(false, significand, scale);
  for (let digits = FEWEST_DIGITS; ; digits++) {
    const text = withDigits(significand, scale, digits);
    const isSame = ofText(text)?.every((byte, i) => byte === wanted[i]);
    if (isSame || digits === MOST_DIGITS) return text;
  }
}

function withDigits(significand: bigint, scale: number, count: number): string {
  const two = 1n << BigInt(Math.abs(scale));
  const [numerator, denominator] = scale < 0 ? [significand, two] : [significand * two, 1n];
  let exponent = Math.floor(Math.log10(Number(significand)) + scale * Math.log10(2));
  let digits = digitsOf(numerator, denominator, count - 1 - exponent);
  // The estimate may be one off.
  if (digits.length !== count) {
    exponent += digits.length - count;
    digits = digitsOf(numerator, denominator, count - 1 - exponent);
  }
  const significant = digits.replace(/0+$/, "");
  if (exponent >= MOST_DIGITS || exponent < -7) {
    const fraction = significant.length > 1 ? `.${significant.slice(1)}` : "";
    return `${significant[0]}${fraction}e${exponent < 0 ? "" : "+"}${exponent}`;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${significant}`;
  const whole = significant.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = significant.slice(exponent + 1);
  return fraction ? `${whole}.${fraction}` : whole;
}

/** The quotient times 10 to the `power`, rounded. */
function digitsOf(numerator: bigint, denominator: bigint, power: number): string {
  const ten = 10n ** BigInt(Math.abs(power));
  const [above, below] =
    power < 0 ? [numerator, denominator * ten] : [numerator * ten, denominator];
  return roundedQuotient(above, below, 0).toString();
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
