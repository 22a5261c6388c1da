import type { Argument, Content, CType, Signature } from "../../model/index.js";
import { layoutOfC } from "../../values/index.js";
import { ELEMENTS, listText, valueText } from "./value-text.js";

/** What is shown of a long buffer. */
const TEXT_BYTES = 24;

/** x86-64. */
const POINTER_BYTES = 8;

/** One argument as C would have it: `5`, `NULL`, `"hello"`, `{1, 2, 3}`, `out[64]`. */
export function argumentText({ value, index }: Argument, signature: Signature): string {
  const type = signature.parameters[index]?.type ?? null;
  switch (value.kind) {
    case "int":
      return type?.kind === "bool" ? String(value.value !== 0n) : value.value.toString();
    case "float":
      return String(value.value);
    case "value":
      return valueText(value, value.type);
    case "null":
      return "NULL";
    case "comparator":
      return `cmp:${value.comparator}`;
    case "callback":
      return value.fn.name || "function";
    case "buffer": {
      const element = type?.kind === "pointer" ? type.to : null;
      if (!value.bytes) return `out[${value.size / elementSize(element)}]`;
      if (element && isComposed(element)) return composedText(value, element);
      if (value.pointers) return pointersText(value, element);
      return textOf(value.bytes, element) ?? elementsText(value.bytes, element);
    }
  }
}

/** `{"a", "b", NULL}`. */
function pointersText({ size, pointers = [] }: Content, type: CType | null): string {
  const to = type?.kind === "pointer" ? type.to : null;
  const at = new Map(pointers.map((pointer) => [pointer.offset, pointer.to]));
  const texts = Array.from({ length: size / POINTER_BYTES }, (_, i) => {
    const bytes = at.get(i * POINTER_BYTES)?.bytes;
    return bytes ? (textOf(bytes, to) ?? elementsText(bytes, to)) : "NULL";
  });
  return listText(texts.slice(0, ELEMENTS), texts.length);
}

/** What has parts of its own, or is wider than 8 bytes. */
function isComposed({ kind, ...type }: CType): boolean {
  if (["record", "array", "complex"].includes(kind)) return true;
  return "bytes" in type && type.bytes === 16;
}

function composedText({ bytes, size, pointers = [] }: Content, type: CType): string {
  const last = type.kind === "record" ? type.fields.at(-1)?.type : null;
  const isFlexible = last?.kind === "array" && last.length === null;
  const element = isFlexible ? size : elementSize(type);
  const total = Math.floor(size / element);
  const shown = Array.from({ length: Math.min(total, ELEMENTS) }, (_, i) => {
    const start = i * element;
    const within = pointers.filter(({ offset }) => offset >= start && offset < start + element);
    return valueText(
      {
        bytes: bytes!.subarray(start, start + element),
        size: element,
        pointers: within.map((pointer) => ({ ...pointer, offset: pointer.offset - start })),
      },
      type,
    );
  });
  return listText(shown, total);
}

function elementSize(type: CType | null): number {
  if (type && isComposed(type)) return layoutOfC(type).size || 1;
  return type?.kind === "int" || type?.kind === "float" ? type.bytes : 1;
}

/** A string literal, where all characters (but a last NUL) are printable or common escapes. */
function textOf(bytes: Uint8Array, type: CType | null): string | null {
  const size = type?.kind === "int" && type.char ? type.bytes : 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const total = Math.floor(bytes.length / size);
  const end = total > 0 && codeAt(view, total - 1, size) === 0 ? total - 1 : total;
  const codes = Array.from({ length: Math.min(end, TEXT_BYTES) }, (_, i) => codeAt(view, i, size));
  const isText = size === 1 ? isAscii : isCharacter;
  if (bytes.length % size !== 0 || !codes.every(isText)) return null;
  const shown = size === 4 ? String.fromCodePoint(...codes) : String.fromCharCode(...codes);
  const literal = `${size === 1 ? "" : prefixOf(type)}${JSON.stringify(shown)}`;
  return end > TEXT_BYTES ? `${literal.slice(0, -1)}…" (${bytes.length} bytes)` : literal;
}

const isAscii = (code: number) => (code >= 0x20 && code < 0x7f) || (code >= 9 && code <= 13);

const isCharacter = (code: number) => isAscii(code) || (code >= 0xa0 && code <= 0x10ffff);

function codeAt(view: DataView, index: number, size: number): number {
  if (size === 1) return view.getUint8(index);
  return size === 2 ? view.getUint16(index * 2, true) : view.getUint32(index * 4, true);
}

/** As C writes the literal. */
function prefixOf(type: CType | null): string {
  if (type?.kind !== "int" || type.bytes === 2) return "u";
  return type.signed ? "L" : "U";
}

function elementsText(bytes: Uint8Array, type: CType | null): string {
  const size = elementSize(type);
  const total = Math.floor(bytes.length / size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shown = Array.from({ length: Math.min(total, ELEMENTS) }, (_, i) =>
    elementText(view, i * size, type),
  );
  return listText(shown, total);
}

/** Bytes of no known type are hexadecimal. */
function elementText(view: DataView, at: number, type: CType | null): string {
  if (type?.kind === "float" && type.bytes !== 16) {
    return String(type.bytes === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true));
  }
  if (type?.kind !== "int" || type.bytes === 1 || type.bytes === 16) {
    return `0x${view.getUint8(at).toString(16).padStart(2, "0")}`;
  }
  switch (type.bytes) {
    case 2:
      return String(type.signed ? view.getInt16(at, true) : view.getUint16(at, true));
    case 4:
      return String(type.signed ? view.getInt32(at, true) : view.getUint32(at, true));
    case 8:
      return String(type.signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true));
  }
}
