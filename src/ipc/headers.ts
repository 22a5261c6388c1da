import { Format } from "./formats.js";

/**
 * MessagePack's headers of what has a length, in the shortest form there is: what rmp_serde writes.
 */

/** The most that one takes, in bytes. */
export const MAX_HEADER = 5;

/** Writes the header of an array, and returns where it ends. */
export function putArrayHeader(view: DataView, at: number, length: number): number {
  if (length < 0x10) {
    view.setUint8(at, Format.FIXARRAY + length);
    return at + 1;
  }
  if (length < 0x10000) {
    view.setUint8(at, Format.ARRAY16);
    view.setUint16(at + 1, length);
    return at + 3;
  }
  view.setUint8(at, Format.ARRAY32);
  view.setUint32(at + 1, length);
  return at + 5;
}

/** Writes the header of a text of `length` bytes, and returns where it ends. */
export function putTextHeader(view: DataView, at: number, length: number): number {
  if (length < 0x20) {
    view.setUint8(at, Format.FIXSTR + length);
    return at + 1;
  }
  if (length < 0x100) {
    view.setUint8(at, Format.STR8);
    view.setUint8(at + 1, length);
    return at + 2;
  }
  if (length < 0x10000) {
    view.setUint8(at, Format.STR16);
    view.setUint16(at + 1, length);
    return at + 3;
  }
  view.setUint8(at, Format.STR32);
  view.setUint32(at + 1, length);
  return at + 5;
}
