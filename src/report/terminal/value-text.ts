import { type Content, type CType, type RecordField, toHex } from "../../model/index.js";
import { layoutOfC, readValue } from "../../values/index.js";

/** What is shown of a long array. */
export const ELEMENTS = 6;

/** What pointers in memory are to lead to, by their offsets, in words. */
type Pointed = ReadonlyMap<number, string>;

/** A value of `type` as C would have it: `5`, `{x = 1, y = 2.5}`, `{1, 2, 3}`. */
export function valueText({ bytes, size, pointers = [] }: Content, type: CType): string {
  const held = bytes ?? new Uint8Array(size);
  const view = new DataView(held.buffer, held.byteOffset, held.byteLength);
  const pointed = new Map(pointers.map(({ offset, to }) => [offset, pointedText(to)]));
  return textAt(view, 0, type, pointed);
}

/** What lies at `offset`. */
export function textAt(view: DataView, offset: number, type: CType, pointed: Pointed): string {
  switch (type.kind) {
    case "record": {
      const named = type.fields.filter(({ name, bits }) => name !== "" || !bits);
      return `{${named.map((field) => fieldText(view, offset, field, pointed)).join(", ")}}`;
    }
    case "array": {
      const { of } = type;
      const size = layoutOfC(of).size;
      // A flexible member has all that is left.
      const length = type.length ?? Math.floor((view.byteLength - offset) / size);
      if (of.kind === "int" && of.char && of.bytes === 1) {
        const literal = literalOf(new Uint8Array(view.buffer, view.byteOffset + offset, length));
        if (literal !== null) return literal;
      }
      const shown = Array.from({ length: Math.min(length, ELEMENTS) }, (_, i) =>
        textAt(view, offset + i * size, of, pointed),
      );
      return listText(shown, length);
    }
    case "pointer":
      return pointed.get(offset) ?? addressText(view.getBigUint64(offset, true));
    case "complex": {
      const { re, im } = readValue(view, layoutOfC(type), offset) as { re: unknown; im: unknown };
      return `${re} + ${im}i`;
    }
    default:
      return String(readValue(view, layoutOfC(type), offset));
  }
}

/** `{1, 2, … 20 in all}`. */
export function listText(shown: readonly string[], total: number): string {
  const more = total > ELEMENTS ? [`… ${total} in all`] : [];
  return `{${[...shown, ...more].join(", ")}}`;
}

function fieldText(
  view: DataView,
  start: number,
  { name, type, offset, bits }: RecordField,
  pointed: Pointed,
): string {
  if (!bits) {
    const text = textAt(view, start + offset, type, pointed);
    return name === "" ? text.slice(1, -1) : `${name} = ${text}`;
  }
  const field = { name, type, offset, bits };
  const whole = { kind: "record", union: false, name, fields: [field], size: 0, align: 1 } as const;
  const held = readValue(view, layoutOfC(whole), start) as Record<string, unknown>;
  return `${name} = ${held[name]}`;
}

function pointedText({ bytes, size }: Content): string {
  if (!bytes) return `out[${size}]`;
  return literalOf(bytes) ?? `${size} bytes`;
}

/** Short printable text that ends in NULs, as C writes it; null for other bytes. */
function literalOf(bytes: Uint8Array): string | null {
  const text = /^([\x20-\x7e\t\n]{1,24})\0+$/.exec(Buffer.from(bytes).toString("latin1"))?.[1];
  return text === undefined ? null : JSON.stringify(text);
}

function addressText(address: bigint): string {
  return address === 0n ? "NULL" : toHex(address);
}
