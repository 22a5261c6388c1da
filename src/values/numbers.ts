import type { CType, EnumType } from "../model/index.js";
import type { ValueErrors } from "./errors.js";
import type { Place } from "./place.js";

type Integer = Extract<CType, { kind: "int" }>;

/** What a byte of memory holds that has no type, or that is a character: either sign. */
const ANY_BYTE = [-128n, 255n] as const;

/** An integer as `type` holds it; a truth value is 0 or 1. @throws UsageError. */
export function integerOf(
  value: unknown,
  type: Integer,
  place: Place,
  errors: ValueErrors,
): bigint {
  const integer = wholeNumber(value, place, errors);
  const [least, most] = rangeOf(type.bytes * 8, type.signed);
  if (integer >= least && integer <= most) return integer;
  const bits = type.bytes * 8;
  const same = type.signed ? BigInt.asIntN(bits, integer) : BigInt.asUintN(bits, integer);
  const isSameBits =
    BigInt.asUintN(bits, integer) === integer || BigInt.asIntN(bits, integer) === integer;
  throw errors.range(place, value, [least, most], isSameBits ? same : null);
}

/** An enumerator by its name, or any integer of the type's size, as in C. @throws UsageError. */
export function enumOf(value: unknown, type: EnumType, place: Place, errors: ValueErrors): bigint {
  if (typeof value === "string") {
    const named = type.values.get(value);
    if (named === undefined) throw errors.unknownName(place, value, [...type.values.keys()]);
    return named;
  }
  return integerOf(value, { ...type, kind: "int", char: false }, place, errors);
}

/** A byte of memory whose type is not known, or a character in memory. @throws UsageError. */
export function byteOf(value: unknown, place: Place, errors: ValueErrors): bigint {
  const integer = wholeNumber(value, place, errors);
  if (integer < ANY_BYTE[0] || integer > ANY_BYTE[1]) throw errors.byteRange(place, value);
  return integer;
}

/** @throws UsageError. */
export function wholeNumber(value: unknown, place: Place, errors: ValueErrors): bigint {
  const isWhole = typeof value === "bigint" || Number.isInteger(value);
  if (!isWhole && typeof value !== "boolean") throw errors.notInteger(place, value);
  return BigInt(value as bigint | number | boolean);
}

/** 0 or 1. @throws UsageError. */
export function truthOf(value: unknown, place: Place, errors: ValueErrors): bigint {
  const isTruth = typeof value === "boolean" || [0, 1, 0n, 1n].includes(value as number);
  if (!isTruth) throw errors.notBool(place, value);
  return BigInt(value as number);
}

/** The number as `type` holds it: a float is rounded to one. @throws UsageError. */
export function floatOf(
  value: unknown,
  type: Extract<CType, { kind: "float" }>,
  place: Place,
  errors: ValueErrors,
): number {
  if (typeof value !== "number" && typeof value !== "bigint") throw errors.notFloat(place, value);
  const number = Number(value);
  const held = type.bytes === 4 ? Math.fround(number) : number;
  const isInfinite = typeof value === "number" && Math.abs(value) === Infinity;
  if (Math.abs(held) === Infinity && !isInfinite) throw errors.tooLarge(place, value, type);
  return held;
}

/** Any 64 bits. @throws UsageError. */
export function addressOf(value: bigint, place: Place, errors: ValueErrors): bigint {
  if (value < -(2n ** 63n) || value >= 2n ** 64n) throw errors.addressRange(place, value);
  return BigInt.asUintN(64, value);
}

/** The least and the greatest integer of so many bits. */
export function rangeOf(bits: number, signed: boolean): readonly [least: bigint, most: bigint] {
  const values = 1n << BigInt(bits);
  return signed ? [-values / 2n, values / 2n - 1n] : [0n, values - 1n];
}
