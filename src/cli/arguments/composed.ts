import type { CType, RecordType } from "../../model/index.js";
import { elementOf, fieldOf, out, type Place } from "../../values/index.js";
import { argumentErrors } from "./errors.js";
import { readInteger } from "./numbers.js";
import { quotedText } from "./quoted-text.js";
import { scalarOf } from "./scalars.js";
import { type ArrayText, FieldsText, type ValueText } from "./value-text.js";
import { commandErrors } from "./wording.js";

/** What a program would give for an array of `pointee`. */
export function arrayOf(elements: ArrayText, pointee: CType, place: Place): unknown[] {
  return elements.map((text, index) => valueFor(text, pointee, elementOf(place, index)));
}

/** What a program would give for a value of `type`, wherever in another it stands. */
export function valueFor(text: ValueText, type: CType, place: Place): unknown {
  switch (type.kind) {
    case "record":
      if (text instanceof FieldsText) return fieldsOf(text, type, place);
      throw commandErrors.notStruct(place, shown(text));
    case "complex":
      return complexOf(text, type, place);
    case "array":
      if (isArray(text)) return arrayOf(text, type.of, place);
      // Rows one after the other.
      if (type.of.kind === "array" || !isQuoted(text)) return valueFor(text, type.of, place);
      return quotedText(text as string, type.of, place);
    case "pointer":
      return pointerOf(text, type, place);
    default:
      if (typeof text !== "string") return isArray(text) ? [] : {};
      return scalarOf(text, type, place);
  }
}

/** Whether `[...]` and `{...}` may write values of `type`, which numbers alone do not. */
export function isComposed(type: CType): boolean {
  if (type.kind === "array") return isComposed(type.of);
  if (type.kind === "pointer") return type.to.kind === "pointer" || isComposed(type.to);
  return ["record", "complex", "enum"].includes(type.kind);
}

function fieldsOf({ fields }: FieldsText, type: RecordType, place: Place): object {
  const types = new Map(fieldTypes(type));
  const values = [...fields].map(([name, text]) => {
    const field = types.get(name);
    if (!field) throw commandErrors.unknownField(place, name, [...types.keys()]);
    return [name, valueFor(text, field, fieldOf(place, name))] as const;
  });
  return Object.fromEntries(values);
}

function fieldTypes({ fields }: RecordType): [name: string, type: CType][] {
  return fields.flatMap(({ name, type, bits }): [string, CType][] => {
    if (name !== "") return [[name, type]];
    return type.kind === "record" && !bits ? fieldTypes(type) : [];
  });
}

function complexOf(
  text: ValueText,
  { bytes }: Extract<CType, { kind: "complex" }>,
  place: Place,
): unknown {
  const part = (held: ValueText) =>
    valueFor(held, { kind: "float", bytes: (bytes / 2) as 4 | 8 | 16 }, place);
  if (isArray(text)) return text.map(part);
  if (!(text instanceof FieldsText)) return part(text);
  return Object.fromEntries([...text.fields].map(([name, held]) => [name, part(held)]));
}

function pointerOf(
  text: ValueText,
  { to }: Extract<CType, { kind: "pointer" }>,
  place: Place,
): unknown {
  if (text === "null") return null;
  if (isArray(text)) return arrayOf(text, to, place);
  if (text instanceof FieldsText) return valueFor(text, to, place);
  if (isQuoted(text)) return quotedText(text, to, place);
  const length = text.startsWith("out:") ? readInteger(text.slice("out:".length)) : null;
  if (length === null) throw argumentErrors.pointerElement(place, text);
  return out(Number(length));
}

function isArray(text: ValueText): text is ArrayText {
  return Array.isArray(text);
}

function isQuoted(text: ValueText): boolean {
  return typeof text === "string" && text.startsWith('"');
}

function shown(text: ValueText): unknown {
  return typeof text === "string" ? text : [];
}
