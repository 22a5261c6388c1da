import { assertNever, type CType } from "../model/index.js";
import type { FieldLayout, Layout } from "./layout.js";
import { readLongDouble } from "./long-double.js";

/**
 * The value that lies at `offset`: integers past 2^53, all of 128 bits, and addresses as BigInt, null for
 * NULL. A bool that is neither 0 nor 1 is the number that it is; an enumerator its number; a long double a
 * number where it is one exactly, else a decimal text; a complex number `{ re, im }`. A union is read as
 * each of its members; a member of a type that is not known is left out.
 */
export function readValue(view: DataView, layout: Layout, offset: number): unknown {
  switch (layout.kind) {
    case "scalar":
      return readScalar(view, offset, layout.type);
    case "pointer":
      return view.getBigUint64(offset, true) || null;
    case "array":
      return Array.from({ length: layout.length ?? 0 }, (_, i) =>
        readValue(view, layout.of, offset + i * layout.of.size),
      );
    case "struct":
      return Object.fromEntries(
        layout.fields
          .filter((field) => !isUnknown(field.layout))
          .map((field) => [field.name, readField(view, field, offset)]),
      );
    default:
      return assertNever(layout);
  }
}

function isUnknown(layout: Layout): boolean {
  if (layout.kind === "array") return isUnknown(layout.of);
  return layout.kind === "scalar" && layout.type.kind === "opaque";
}

function readField(view: DataView, { offset, layout, bits }: FieldLayout, start: number): unknown {
  if (!bits || layout.kind !== "scalar") return readValue(view, layout, start + offset);
  return readInteger(view, start * 8 + bits.offset, bits.width, layout.type);
}

function readScalar(view: DataView, offset: number, type: CType): unknown {
  switch (type.kind) {
    case "float":
      return readFloat(view, offset, type.bytes);
    case "complex": {
      const bytes = (type.bytes / 2) as 4 | 8 | 16;
      return { re: readFloat(view, offset, bytes), im: readFloat(view, offset + bytes, bytes) };
    }
    default: {
      const bytes = type.kind === "int" || type.kind === "enum" ? type.bytes : 1;
      return readInteger(view, offset * 8, bytes * 8, type);
    }
  }
}

function readFloat(view: DataView, offset: number, bytes: 4 | 8 | 16): number | string {
  if (bytes === 16) return readLongDouble(view, offset);
  return bytes === 4 ? view.getFloat32(offset, true) : view.getFloat64(offset, true);
}

/** `from` and `width` in bits. */
function readInteger(
  view: DataView,
  from: number,
  width: number,
  type: CType,
): number | bigint | boolean {
  const [first, within] = [Math.floor(from / 8), from % 8];
  const isWhole = within === 0 && (type.kind === "int" || type.kind === "enum");
  if (isWhole && width <= 32) {
    const whole = wholeNumber(view, first, width, type.signed);
    if (whole !== null) return whole;
  }
  let bits = 0n;
  for (let byte = 0; byte * 8 < within + width; byte++) {
    bits |= BigInt(view.getUint8(first + byte)) << BigInt(byte * 8);
  }
  const isSigned = (type.kind === "int" || type.kind === "enum") && type.signed;
  bits >>= BigInt(within);
  const value = isSigned ? BigInt.asIntN(width, bits) : BigInt.asUintN(width, bits);
  if (type.kind === "bool" && value < 2n) return value === 1n;
  if (type.kind === "int" && type.bytes === 16 && width > 64) return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Arrays have millions. Null for another width than an integer's. */
function wholeNumber(view: DataView, at: number, width: number, signed: boolean): number | null {
  switch (width) {
    case 8:
      return signed ? view.getInt8(at) : view.getUint8(at);
    case 16:
      return signed ? view.getInt16(at, true) : view.getUint16(at, true);
    case 32:
      return signed ? view.getInt32(at, true) : view.getUint32(at, true);
    default:
      return null;
  }
}
