import type { CType } from "../model/index.js";
import { scopeErrors } from "./errors.js";

/** An integer of JavaScript as `type` holds it. @throws UsageError that names the place. */
export function integerOf(value: unknown, type: CType, place: string): bigint {
  const isWhole = typeof value === "bigint" || Number.isInteger(value);
  if (!isWhole && typeof value !== "boolean") throw scopeErrors.notNumber(place, value);
  const integer = BigInt(value as bigint | number | boolean);
  const [least, most] = rangeOf(type);
  if (integer < least || integer > most) throw scopeErrors.range(place, value, least, most);
  return integer;
}

/** A number for a float or a double. @throws UsageError that names the place. */
export function floatOf(value: unknown, place: string): number {
  if (typeof value !== "number" && typeof value !== "bigint") {
    throw scopeErrors.notFloat(place, value);
  }
  return Number(value);
}

/** The least and the greatest value; of a char, a byte of either sign. */
function rangeOf(type: CType): readonly [least: bigint, most: bigint] {
  if (type.kind === "bool") return [0n, 1n];
  if (type.kind !== "int") return [0n, 2n ** 64n - 1n];
  if (type.char) return [-128n, 255n];
  const values = 1n << BigInt(type.bytes * 8);
  return type.signed ? [-values / 2n, values / 2n - 1n] : [0n, values - 1n];
}
