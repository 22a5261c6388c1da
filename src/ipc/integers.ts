import { Format } from "./formats.js";

/**
 * MessagePack integers in the shortest form there is, unsigned where not negative: what rmp_serde
 * writes. (msgpackr writes a number past 2^32 as a float, and a BigInt below 2^63 as an int64.)
 */

/** The most that one takes, in bytes. */
export const MAX_INTEGER_LENGTH = 9;

/** Writes a safe `value` >= 0, and returns where it ends. */
export function putUnsigned(view: DataView, at: number, value: number): number {
  if (value < 0x80) {
    view.setUint8(at, value);
    return at + 1;
  }
  if (value < 0x100) {
    view.setUint8(at, Format.UINT8);
    view.setUint8(at + 1, value);
    return at + 2;
  }
  if (value < 0x10000) {
    view.setUint8(at, Format.UINT16);
    view.setUint16(at + 1, value);
    return at + 3;
  }
  if (value < 2 ** 32) {
    view.setUint8(at, Format.UINT32);
    view.setUint32(at + 1, value);
    return at + 5;
  }
  view.setUint8(at, Format.UINT64);
  view.setUint32(at + 1, value / 2 ** 32);
  view.setUint32(at + 5, value % 2 ** 32);
  return at + 9;
}

/** Writes `value`, a safe number or a BigInt from -2^63 to 2^64 - 1, and returns where it ends. */
export function putInteger(view: DataView, at: number, value: number | bigint): number {
  if (typeof value === "bigint") {
    const narrow = narrowed(value);
    if (typeof narrow === "number") return putInteger(view, at, narrow);
    view.setUint8(at, value < 0n ? Format.INT64 : Format.UINT64);
    // The low 64 bits of either, in two's complement.
    view.setBigUint64(at + 1, BigInt.asUintN(64, value));
    return at + 9;
  }
  if (value >= 0) return putUnsigned(view, at, value);
  if (value >= -0x20) {
    view.setInt8(at, value);
    return at + 1;
  }
  if (value >= -0x80) {
    view.setUint8(at, Format.INT8);
    view.setInt8(at + 1, value);
    return at + 2;
  }
  if (value >= -0x8000) {
    view.setUint8(at, Format.INT16);
    view.setInt16(at + 1, value);
    return at + 3;
  }
  if (value >= -(2 ** 31)) {
    view.setUint8(at, Format.INT32);
    view.setInt32(at + 1, value);
    return at + 5;
  }
  view.setUint8(at, Format.INT64);
  view.setInt32(at + 1, Math.floor(value / 2 ** 32));
  view.setUint32(at + 5, value - Math.floor(value / 2 ** 32) * 2 ** 32);
  return at + 9;
}

/** A number where `value` is a safe one. */
export function narrowed(value: number | bigint): number | bigint {
  if (typeof value === "number") return value;
  return value >= MIN_SAFE && value <= MAX_SAFE ? Number(value) : value;
}

/** `values`, each {@link narrowed}: the same array where all are numbers, for it may be large. */
export function allNarrowed(values: readonly (number | bigint)[]): readonly (number | bigint)[] {
  for (const value of values) if (typeof value === "bigint") return values.map(narrowed);
  return values;
}

const MIN_SAFE = BigInt(Number.MIN_SAFE_INTEGER);
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
