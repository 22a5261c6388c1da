import type { ArgumentValue, CType } from "../../model/index.js";
import { argumentErrors } from "./errors.js";
import { isInfinity, readFloat, readInteger } from "./numbers.js";
import type { Place } from "./place.js";

type IntType = Extract<CType, { kind: "int" }>;
type FloatType = Extract<CType, { kind: "float" }>;

/** The value of a parameter that is no pointer. */
export function scalarValue(text: string, place: Place): ArgumentValue {
  const { type } = place;
  switch (type.kind) {
    case "bool":
      return { kind: "int", value: boolValue(text, place) };
    case "int":
      return { kind: "int", value: intValue(text, type, place) };
    case "float":
      return { kind: "float", value: floatValue(text, type, place), bytes: type.bytes };
    default:
      throw argumentErrors.noValue(place);
  }
}

/** 0 or 1. */
export function boolValue(text: string, place: Place): bigint {
  if (text === "true" || text === "1") return 1n;
  if (text === "false" || text === "0") return 0n;
  throw argumentErrors.notBool(place, text);
}

/** The integer as `type` holds it. `least` and `most` widen its range, for bytes of either sign. */
export function intValue(
  text: string,
  type: IntType,
  place: Place,
  [least, most] = rangeOf(type),
): bigint {
  const value = readInteger(text);
  if (value === null) throw argumentErrors.notInteger(place, text, readFloat(text) !== null);
  if (value >= least && value <= most) return value;
  const bits = type.bytes * 8;
  const same = type.signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  const isSameBits = BigInt.asUintN(bits, value) === value || BigInt.asIntN(bits, value) === value;
  throw argumentErrors.outOfRange(place, text, type, [least, most], isSameBits ? same : null);
}

/** The value as `type` holds it: a float is rounded to one. */
export function floatValue(text: string, type: FloatType, place: Place): number {
  const value = readFloat(text);
  if (value === null) throw argumentErrors.notFloat(place, text);
  const held = type.bytes === 4 ? Math.fround(value) : value;
  if (Math.abs(held) === Infinity && !isInfinity(text)) {
    throw argumentErrors.tooLarge(place, text, type);
  }
  return held;
}

/** The least and the greatest value of an integer type. */
export function rangeOf({ bytes, signed }: IntType): readonly [bigint, bigint] {
  const values = 1n << BigInt(bytes * 8);
  return signed ? [-values / 2n, values / 2n - 1n] : [0n, values - 1n];
}
