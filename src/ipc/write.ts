import {
  integerOutOfRange,
  listTooLong,
  unknownVariant,
  unsafeInteger,
  wrongLength,
  wrongValue,
} from "./errors.js";
import { Format } from "./formats.js";
import { MAX_HEADER, putArrayHeader, putTextHeader } from "./headers.js";
import { MAX_INTEGER_LENGTH, putInteger } from "./integers.js";
import type { IntegerSchema, Name, Schema, TupleSchema, Variant } from "./schema.js";

/** A message as MessagePack's values: what msgpackr reads, and what {@link write} takes. */
export type Value =
  | number
  | bigint
  | boolean
  | string
  | readonly Value[]
  | { readonly [variant: string]: Value };

/**
 * `value` in MessagePack as rmp_serde writes `schema`: every length and integer in its shortest
 * form. Throws a ProtocolError where the value is not of the schema, so that no peer has to.
 *
 * Not msgpackr: it cannot be told to write an unsigned 64-bit integer below 2^63, nor a float that
 * happens to be whole; and where it writes the same bytes, short messages all, the two differ by a
 * microsecond or two, either way (bench/codec.mjs).
 */
export function write(schema: Schema, value: Value): Uint8Array {
  return writer.message(schema, value);
}

/** Room for all messages but large ones, in bytes. It is kept: to make it costs more than a short message. */
const KEPT = 4096;

class Writer {
  private bytes = Buffer.allocUnsafeSlow(KEPT);
  private view = viewOf(this.bytes);
  private at = 0;

  message(schema: Schema, value: Value): Uint8Array {
    this.at = 0;
    this.value(schema, value, "the message");
    const written = this.bytes.subarray(0, this.at);
    if (this.bytes.length === KEPT) return Buffer.from(written);
    this.bytes = Buffer.allocUnsafeSlow(KEPT);
    this.view = viewOf(this.bytes);
    return written;
  }

  value(schema: Schema, value: Value, where: string): void {
    switch (schema.kind) {
      case "integer":
        this.integer(schema, value, where);
        return;
      case "tuple":
        this.tuple(schema, value, where);
        return;
      case "list":
        if (!Array.isArray(value)) throw wrongValue(where, value, schema);
        if (value.length > schema.limit) throw listTooLong(where, value.length, schema.limit);
        this.arrayLength(value.length);
        for (const entry of value) this.value(schema.of, entry, where);
        return;
      case "tuples": {
        if (!Array.isArray(value)) throw wrongValue(where, value, schema);
        const struct = schema.byLength.get(value.length);
        if (!struct) throw wrongLength(where, value.length, [...schema.byLength.keys()]);
        this.tuple(struct, value, where);
        return;
      }
      case "variants": {
        const [variant, held] = chosen(schema.variants, value, schema, where);
        this.byte(Format.FIXMAP + 1);
        this.text(variant.name);
        this.value(variant.schema, held, variant.name);
        return;
      }
      case "name":
        if (typeof value !== "string") throw wrongValue(where, value, schema);
        this.text(find(schema.names, value, where).name);
        return;
      case "text":
        if (typeof value !== "string") throw wrongValue(where, value, schema);
        this.text(value);
        return;
      case "float":
        if (typeof value !== "number") throw wrongValue(where, value, schema);
        this.byte(Format.FLOAT64);
        this.room(8);
        this.view.setFloat64(this.at, value);
        this.at += 8;
        return;
      case "boolean":
        if (typeof value !== "boolean") throw wrongValue(where, value, schema);
        this.byte(value ? Format.TRUE : Format.FALSE);
        return;
    }
  }

  private tuple(schema: TupleSchema, value: Value, where: string): void {
    const { fields } = schema;
    if (!Array.isArray(value)) throw wrongValue(where, value, schema);
    if (value.length !== fields.length) throw wrongLength(where, value.length, [fields.length]);
    this.arrayLength(fields.length);
    for (let i = 0; i < fields.length; i++) {
      const { name, schema: of } = fields[i]!;
      this.value(of, value[i], name);
    }
  }

  private integer(schema: IntegerSchema, value: Value, where: string): void {
    if (typeof value === "number") {
      if (!Number.isInteger(value)) throw wrongValue(where, value, schema);
      if (!Number.isSafeInteger(value)) throw unsafeInteger(where, value);
      if (value < schema.low || value > schema.high) throw integerOutOfRange(where, value, schema);
    } else if (typeof value !== "bigint") {
      throw wrongValue(where, value, schema);
    } else if (value < schema.min || value > schema.max) {
      throw integerOutOfRange(where, value, schema);
    }
    this.room(MAX_INTEGER_LENGTH);
    this.at = putInteger(this.view, this.at, value);
  }

  private arrayLength(length: number): void {
    this.room(MAX_HEADER);
    this.at = putArrayHeader(this.view, this.at, length);
  }

  private text(text: string): void {
    const length = Buffer.byteLength(text);
    this.room(MAX_HEADER + length);
    this.at = putTextHeader(this.view, this.at, length);
    this.at += this.bytes.write(text, this.at);
  }

  private byte(byte: number): void {
    this.room(1);
    this.view.setUint8(this.at++, byte);
  }

  private room(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.at + bytes));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
    this.view = viewOf(grown);
  }
}

const writer = new Writer();

/** The variant that `value`, an object with one key, names, and what it holds. */
function chosen(
  variants: readonly Variant[],
  value: Value,
  schema: Schema,
  where: string,
): readonly [Variant, Value] {
  if (typeof value !== "object") throw wrongValue(where, value, schema);
  const names = Object.keys(value);
  if (names.length !== 1) throw wrongLength(where, names.length, [1]);
  const name = names[0]!;
  return [find(variants, name, where), (value as Readonly<Record<string, Value>>)[name]!];
}

function find<Known extends Name>(known: readonly Known[], name: string, where: string): Known {
  for (const candidate of known) if (candidate.name === name) return candidate;
  throw unknownVariant(where, name, known);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
