import { truncated, wrongType } from "./errors.js";
import { Format, familyOf } from "./formats.js";
import type { Schema } from "./schema.js";

/**
 * A place in a payload that never leaves it: what would is refused as truncated. `where` names, in
 * an error, the part of the message that is being read.
 */
export class Cursor {
  at = 0;
  readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many bytes are to come. */
  get left(): number {
    return this.bytes.length - this.at;
  }

  mapLength(schema: Schema, where: string): number {
    const byte = this.first(where);
    if (byte >= Format.FIXMAP && byte < Format.FIXARRAY) return byte - Format.FIXMAP;
    if (byte === Format.MAP16) return this.length16(where);
    if (byte === Format.MAP32) return this.length32(where);
    throw wrongType(where, familyOf(byte), schema);
  }

  arrayLength(schema: Schema, where: string): number {
    const byte = this.first(where);
    if (byte >= Format.FIXARRAY && byte < Format.FIXSTR) return byte - Format.FIXARRAY;
    if (byte === Format.ARRAY16) return this.length16(where);
    if (byte === Format.ARRAY32) return this.length32(where);
    throw wrongType(where, familyOf(byte), schema);
  }

  /** Of a text, all of which is there, and now next. */
  textLength(schema: Schema, where: string): number {
    const byte = this.first(where);
    let length: number;
    if (byte >= Format.FIXSTR && byte < Format.NIL) length = byte - Format.FIXSTR;
    else if (byte === Format.STR8) length = this.length8(where);
    else if (byte === Format.STR16) length = this.length16(where);
    else if (byte === Format.STR32) length = this.length32(where);
    else throw wrongType(where, familyOf(byte), schema);
    if (length > this.left) throw truncated(where);
    return length;
  }

  first(where: string): number {
    if (this.left === 0) throw truncated(where);
    return this.bytes[this.at++]!;
  }

  private length8(where: string): number {
    this.skip(1, where);
    return this.view.getUint8(this.at - 1);
  }

  private length16(where: string): number {
    this.skip(2, where);
    return this.view.getUint16(this.at - 2);
  }

  private length32(where: string): number {
    this.skip(4, where);
    return this.view.getUint32(this.at - 4);
  }

  skip(bytes: number, where: string): void {
    if (bytes > this.left) throw truncated(where);
    this.at += bytes;
  }
}
