import { assertNever, type CType } from "../model/index.js";
import { scopeErrors } from "./errors.js";
import type { Layout } from "./memory-type.js";
import { floatOf, integerOf } from "./numbers.js";

/** Where a value is written, and who makes what it points to. */
export interface Writer {
  readonly view: DataView;
  /** Writes at `offset` the address of memory that holds `value`, laid out as `layout` if given. */
  point(offset: number, value: unknown, layout: Layout | null, place: string): void;
}

/** How long an array of no length of its own is for `value`, in elements. Text has a NUL. */
export function lengthFor(layout: Extract<Layout, { kind: "array" }>, value: unknown): number {
  if (layout.length !== null) return layout.length;
  if (typeof value === "string") return Buffer.byteLength(value) + (isChar(layout.of) ? 1 : 0);
  if (value instanceof Uint8Array) return Math.ceil(value.byteLength / layout.of.size);
  return Array.isArray(value) ? value.length : 0;
}

/** Writes `value` at `offset`. @throws UsageError that names the place. */
export function writeValue(
  { view, point }: Writer,
  layout: Layout,
  offset: number,
  value: unknown,
  place: string,
): void {
  switch (layout.kind) {
    case "scalar":
      return writeScalar(view, offset, layout.type, value, place);
    case "pointer":
      if (value === null) return view.setBigUint64(offset, 0n, true);
      return point(offset, value, layout.to(), place);
    case "array":
      return writeArray({ view, point }, layout, offset, value, place);
    case "struct": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw scopeErrors.notStruct(place, value);
      }
      const known = new Map(layout.fields.map(([name, at, field]) => [name, { at, field }]));
      for (const [name, held] of Object.entries(value)) {
        const { at, field } = known.get(name) ?? {};
        if (at === undefined || field === undefined) {
          throw scopeErrors.unknownField(place, name, [...known.keys()]);
        }
        writeValue({ view, point }, field, offset + at, held, `${place}.${name}`);
      }
      return;
    }
    default:
      return assertNever(layout);
  }
}

function writeArray(
  writer: Writer,
  layout: Extract<Layout, { kind: "array" }>,
  offset: number,
  value: unknown,
  place: string,
): void {
  const length = lengthFor(layout, value);
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  if (bytes instanceof Uint8Array) {
    const size = length * layout.of.size;
    if (bytes.byteLength > size) throw scopeErrors.tooMany(place, bytes.byteLength, size);
    new Uint8Array(writer.view.buffer, writer.view.byteOffset + offset, size).set(bytes);
    return;
  }
  if (!Array.isArray(value)) throw scopeErrors.notArray(place, value);
  if (value.length > length) throw scopeErrors.tooMany(place, value.length, length);
  for (const [i, element] of value.entries()) {
    writeValue(writer, layout.of, offset + i * layout.of.size, element, `${place}[${i}]`);
  }
}

function writeScalar(
  view: DataView,
  offset: number,
  type: CType,
  value: unknown,
  place: string,
): void {
  if (type.kind === "float") {
    const number = floatOf(value, place);
    if (type.bytes === 4) view.setFloat32(offset, number, true);
    else view.setFloat64(offset, number, true);
    return;
  }
  const bits = type.kind === "bool" ? 8 : type.kind === "int" ? type.bytes * 8 : 64;
  const integer = BigInt.asUintN(bits, integerOf(value, type, place));
  for (let byte = 0; byte < bits / 8; byte++) {
    view.setUint8(offset + byte, Number((integer >> BigInt(byte * 8)) & 0xffn));
  }
}

/** The value that lies at `offset`: integers past 2^53 and addresses as BigInt, null for NULL. */
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
        layout.fields.map(([name, at, field]) => [name, readValue(view, field, offset + at)]),
      );
    default:
      return assertNever(layout);
  }
}

function readScalar(view: DataView, offset: number, type: CType): number | bigint | boolean {
  if (type.kind === "bool") return view.getUint8(offset) !== 0;
  if (type.kind === "float") {
    return type.bytes === 4 ? view.getFloat32(offset, true) : view.getFloat64(offset, true);
  }
  const [bytes, signed] = type.kind === "int" ? [type.bytes, type.signed] : [8, false];
  let integer = 0n;
  for (let byte = 0; byte < bytes; byte++) {
    integer |= BigInt(view.getUint8(offset + byte)) << BigInt(byte * 8);
  }
  const value = signed ? BigInt.asIntN(bytes * 8, integer) : integer;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function isChar(layout: Layout): boolean {
  return layout.kind === "scalar" && layout.type.kind === "int" && layout.type.char;
}
