import type { CType } from "../model/index.js";
import type { ValueErrors } from "./errors.js";
import type { FieldLayout } from "./layout.js";
import { isInfinite, longDoubleOf } from "./long-double.js";
import { byteOf, enumOf, floatOf, integerOf, rangeOf, truthOf } from "./numbers.js";
import type { Place } from "./place.js";

/** A value, with what says where it does not fit. */
export interface GivenValue {
  readonly value: unknown;
  readonly place: Place;
  readonly errors: ValueErrors;
}

/** Writes a value of a type that has no parts of its own but a complex one's. @throws UsageError. */
export function writeScalar(view: DataView, offset: number, type: CType, given: GivenValue): void {
  switch (type.kind) {
    case "float":
      return writeFloat(view, offset, type, given);
    case "complex":
      return writeComplex(view, offset, type, given);
    default: {
      const bytes = type.kind === "int" || type.kind === "enum" ? type.bytes : 1;
      setBits(view, offset * 8, bytes * 8, heldInteger(type, given));
    }
  }
}

/** Writes a bit-field of the memory at `start`. @throws UsageError. */
export function writeBits(
  view: DataView,
  start: number,
  { offset, width }: NonNullable<FieldLayout["bits"]>,
  type: CType,
  given: GivenValue,
): void {
  const integer = heldInteger(type, given);
  const signed = (type.kind === "int" || type.kind === "enum") && type.signed;
  const range = rangeOf(width, signed);
  if (integer < range[0] || integer > range[1]) {
    throw given.errors.bitRange(given.place, given.value, width, range);
  }
  setBits(view, start * 8 + offset, width, integer);
}

/** A byte of memory that is a character has either sign, and so has one of no known type. */
function heldInteger(type: CType, { value, place, errors }: GivenValue): bigint {
  switch (type.kind) {
    case "bool":
      return truthOf(value, place, errors);
    case "enum":
      return enumOf(value, type, place, errors);
    case "int": {
      const isByte = type.char && type.bytes === 1;
      return isByte ? byteOf(value, place, errors) : integerOf(value, type, place, errors);
    }
    default:
      return byteOf(value, place, errors);
  }
}

function writeFloat(
  view: DataView,
  offset: number,
  type: Extract<CType, { kind: "float" }>,
  { value, place, errors }: GivenValue,
): void {
  if (type.bytes === 4) view.setFloat32(offset, floatOf(value, type, place, errors), true);
  else if (type.bytes === 8) view.setFloat64(offset, floatOf(value, type, place, errors), true);
  else {
    const bytes = longDoubleOf(value);
    if (!bytes) throw errors.notFloat(place, value);
    const isMeant = typeof value === "number" || /inf/i.test(String(value));
    if (isInfinite(bytes) && !isMeant) throw errors.tooLarge(place, value, type);
    new Uint8Array(view.buffer, view.byteOffset + offset).set(bytes);
  }
}

/** `{ re, im }`, `[re, im]`, or the real part alone, as C converts it. */
function writeComplex(
  view: DataView,
  offset: number,
  type: Extract<CType, { kind: "complex" }>,
  given: GivenValue,
): void {
  const { value, place, errors } = given;
  const [re, im] = complexParts(value) ?? [value, 0];
  const bytes = (type.bytes / 2) as 4 | 8 | 16;
  if (typeof re === "object" || typeof re === "undefined") throw errors.notComplex(place, value);
  for (const [i, part] of [re, im].entries()) {
    writeFloat(view, offset + i * bytes, { kind: "float", bytes }, { ...given, value: part });
  }
}

/** Null for what is no complex number written as its parts. */
export function complexParts(value: unknown): readonly [re: unknown, im: unknown] | null {
  if (typeof value !== "object" || value === null) return null;
  if (Array.isArray(value)) return value.length === 2 ? [value[0], value[1]] : null;
  const { re, im, ...rest } = value as { readonly re?: unknown; readonly im?: unknown };
  return re === undefined || im === undefined || Object.keys(rest).length > 0 ? null : [re, im];
}

/** Bits are counted from each byte's lowest; those beside them stay. */
function setBits(view: DataView, from: number, width: number, integer: bigint): void {
  for (let done = 0; done < width; ) {
    const at = from + done;
    const within = at % 8;
    const count = Math.min(8 - within, width - done);
    const mask = ((1 << count) - 1) << within;
    const bits = Number(BigInt.asUintN(count, integer >> BigInt(done))) << within;
    const byte = Math.floor(at / 8);
    view.setUint8(byte, (view.getUint8(byte) & ~mask) | bits);
    done += count;
  }
}
