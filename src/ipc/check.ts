import { isUtf8 } from "node:buffer";
import { Cursor } from "./cursor.js";
import {
  frameEmpty,
  integerOutOfRange,
  listTooLong,
  notUtf8,
  textTooLong,
  trailingBytes,
  truncated,
  unknownVariant,
  wrongLength,
  wrongType,
} from "./errors.js";
import { Format, familyOf } from "./formats.js";
import type { IntegerSchema, Name, Schema, TupleSchema } from "./schema.js";

/** What a payload that passed holds besides its schema. */
export interface Checked {
  /** An integer past 2^53 - 1 may be among its integers: they must be read as BigInt. */
  readonly wide: boolean;
}

/**
 * Throws a ProtocolError unless `payload` is `schema` in MessagePack, to the byte. Whatever encoding
 * of a length or an integer MessagePack allows passes, also one longer than need be.
 *
 * Why it goes over the bytes before msgpackr does: a MessagePack reader takes what comes. After it
 * 5.0 and 5 are one, its own extensions have been run, and 256 MiB of nested one-byte arrays are
 * objects, or its stack has overflowed. Here no value is built, the depth is the schema's, and the
 * time is bounded by the payload's length, whatever lengths it claims.
 */
export function check(payload: Uint8Array, schema: Schema): Checked {
  if (payload.length === 0) throw frameEmpty();
  const walk = new Walk(payload);
  walk.value(schema, "the message");
  walk.end();
  return walk;
}

/** As {@link check}, of the value that begins at `at`. `isLast`: nothing may follow it. */
export function checkAt(
  payload: Uint8Array,
  at: number,
  schema: Schema,
  { where, isLast }: { readonly where: string; readonly isLast: boolean },
): void {
  const walk = new Walk(payload);
  walk.at = at;
  walk.value(schema, where);
  if (isLast) walk.end();
}

class Walk extends Cursor implements Checked {
  wide = false;

  end(): void {
    if (this.left > 0) throw trailingBytes(this.left);
  }

  value(schema: Schema, where: string): void {
    switch (schema.kind) {
      case "integer":
        this.integer(schema, where);
        return;
      case "tuple":
        this.tuple(schema, where);
        return;
      case "variants": {
        const entries = this.mapLength(schema, where);
        if (entries !== 1) throw wrongLength(where, entries, [1]);
        const variant = this.name(schema.variants, VARIANT_NAME, where);
        this.value(variant.schema, variant.name);
        return;
      }
      case "list": {
        const length = this.arrayLength(schema, where);
        if (length > schema.limit) throw listTooLong(where, length, schema.limit);
        // Each entry takes a byte at least.
        if (length > this.left) throw truncated(where);
        for (let i = 0; i < length; i++) this.value(schema.of, where);
        return;
      }
      case "tuples": {
        const length = this.arrayLength(schema, where);
        const struct = schema.byLength.get(length);
        if (!struct) throw wrongLength(where, length, [...schema.byLength.keys()]);
        this.fields(struct);
        return;
      }
      case "name":
        this.name(schema.names, schema, where);
        return;
      case "text": {
        const length = this.textLength(schema, where);
        const { limit = Number.POSITIVE_INFINITY } = schema;
        if (length > limit) throw textTooLong(where, length, limit);
        if (!isUtf8(this.bytes.subarray(this.at, this.at + length))) throw notUtf8(where);
        this.at += length;
        return;
      }
      case "float": {
        const byte = this.first(where);
        if (byte === Format.FLOAT64) this.skip(8, where);
        else if (byte === Format.FLOAT32) this.skip(4, where);
        else throw wrongType(where, familyOf(byte), schema);
        return;
      }
      case "boolean": {
        const byte = this.first(where);
        if (byte !== Format.FALSE && byte !== Format.TRUE)
          throw wrongType(where, familyOf(byte), schema);
        return;
      }
    }
  }

  private tuple(schema: TupleSchema, where: string): void {
    const length = this.arrayLength(schema, where);
    if (length !== schema.fields.length) throw wrongLength(where, length, [schema.fields.length]);
    this.fields(schema);
  }

  private fields(schema: TupleSchema): void {
    for (const field of schema.fields) this.value(field.schema, field.name);
  }

  private integer(schema: IntegerSchema, where: string): void {
    const byte = this.first(where);
    let value: number | bigint;
    if (byte < Format.FIXMAP) value = byte;
    else if (byte >= Format.NEGATIVE_FIXINT) value = byte - 0x100;
    else {
      const at = this.at;
      switch (byte) {
        case Format.UINT8:
          this.skip(1, where);
          value = this.view.getUint8(at);
          break;
        case Format.UINT16:
          this.skip(2, where);
          value = this.view.getUint16(at);
          break;
        case Format.UINT32:
          this.skip(4, where);
          value = this.view.getUint32(at);
          break;
        case Format.INT8:
          this.skip(1, where);
          value = this.view.getInt8(at);
          break;
        case Format.INT16:
          this.skip(2, where);
          value = this.view.getInt16(at);
          break;
        case Format.INT32:
          this.skip(4, where);
          value = this.view.getInt32(at);
          break;
        case Format.UINT64:
        case Format.INT64:
          this.skip(8, where);
          this.wideInteger(schema, where, at, byte === Format.INT64);
          return;
        default:
          throw wrongType(where, familyOf(byte), schema);
      }
    }
    if (value < schema.low || value > schema.high) throw integerOutOfRange(where, value, schema);
  }

  private wideInteger(schema: IntegerSchema, where: string, at: number, signed: boolean): void {
    const high = signed ? this.view.getInt32(at) : this.view.getUint32(at);
    if (high > -SAFE_HIGH && high < SAFE_HIGH) {
      const value = high * 2 ** 32 + this.view.getUint32(at + 4);
      if (value < schema.low || value > schema.high) throw integerOutOfRange(where, value, schema);
      return;
    }
    this.wide = true;
    const value = signed ? this.view.getBigInt64(at) : this.view.getBigUint64(at);
    if (value < schema.min || value > schema.max) throw integerOutOfRange(where, value, schema);
  }

  /** A text that is one of `known`. */
  private name<Known extends Name>(known: readonly Known[], schema: Schema, where: string): Known {
    const length = this.textLength(schema, where);
    const start = this.at;
    this.at += length;
    for (const candidate of known) {
      if (candidate.bytes.length === length && this.holds(candidate.bytes, start)) return candidate;
    }
    // Decoded for the error alone, and only as much as it shows.
    const shown = this.bytes.subarray(start, start + Math.min(length, 64));
    throw unknownVariant(where, new TextDecoder().decode(shown), known);
  }

  private holds(bytes: Uint8Array, start: number): boolean {
    for (let i = 0; i < bytes.length; i++) {
      if (this.bytes[start + i] !== bytes[i]) return false;
    }
    return true;
  }
}

/** What the key of a variant's map has to be: a leaf. */
const VARIANT_NAME: Schema = { kind: "name", names: [] };

/** The high half of 2^53: an integer whose high half is nearer to 0 is a safe number. */
const SAFE_HIGH = 2 ** 21;
