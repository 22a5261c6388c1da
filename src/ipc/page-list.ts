import type { Steps } from "../model/index.js";
import { checkAt } from "./check.js";
import { Format } from "./formats.js";
import { MAX_PAGE_PTRS, u64 } from "./message-schemas.js";

/** Of a StartFfi's payload up to its list: a map of one entry, the name, and an array of two. */
const HEAD = Buffer.from([0x81, 0xa8, ...Buffer.from("StartFfi"), 0x92]);

/** Entries that are read in a step: about half a millisecond. */
const A_STEP = 2 ** 16;

/**
 * The pages of a StartFfi, in steps: 8 bytes each and no object, for there may be 29 million, which
 * msgpackr takes seconds for. An address past 2^53 is rounded: no page is there. Null for every other
 * message, and for a list that is too long or is not all there: `decodeChildMessage` says so at once.
 * Throws a ProtocolError for what is no address.
 */
export function* readPageList(payload: Uint8Array): Steps<Float64Array | null> {
  if (Buffer.compare(payload.subarray(0, HEAD.length), HEAD) !== 0) return null;
  const list = new Addresses(payload, HEAD.length);
  const count = list.length();
  if (count === null || count > MAX_PAGE_PTRS || count > payload.length - list.at) return null;
  const pages = new Float64Array(count);
  for (let from = 0; from < count; from += A_STEP) {
    if (!list.read(pages.subarray(from, from + A_STEP))) return list.refuse("page_ptrs", false);
    yield;
  }
  const stack = list.at;
  if (list.read(new Float64Array(1)) && list.at === payload.length) return pages;
  list.at = stack;
  return list.refuse("stack_ptr", true);
}

class Addresses {
  readonly #view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    public at: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Of an array; null where there is none. */
  length(): number | null {
    if (this.bytes.length - this.at < 5) return null;
    const byte = this.bytes[this.at++]!;
    if (byte >= Format.FIXARRAY && byte < Format.FIXSTR) return byte - Format.FIXARRAY;
    const long = byte === Format.ARRAY32;
    if (!long && byte !== Format.ARRAY16) return null;
    const length = long ? this.#view.getUint32(this.at) : this.#view.getUint16(this.at);
    this.at += long ? 4 : 2;
    return length;
  }

  /** Fills `into`; false before what is no address. */
  read(into: Float64Array): boolean {
    for (let i = 0; i < into.length; i++) {
      const value = this.#next();
      if (value === null) return false;
      into[i] = value;
    }
    return true;
  }

  /** Throws what `check` has to say of what is here. */
  refuse(where: string, isLast: boolean): null {
    checkAt(this.bytes, this.at, u64, { where, isLast });
    return null;
  }

  #next(): number | null {
    const at = this.at;
    const byte = this.bytes[at]!;
    if (byte === Format.UINT64 || byte === Format.INT64) {
      if (at + 9 > this.bytes.length) return null;
      const high = this.#view.getUint32(at + 1);
      if (byte === Format.INT64 && high >= 2 ** 31) return null;
      this.at = at + 9;
      return high * 2 ** 32 + this.#view.getUint32(at + 5);
    }
    const size = byte < Format.FIXMAP ? 0 : (SHORT_SIZES[byte] ?? -1);
    if (size < 0 || at + 1 + size > this.bytes.length) return null;
    const value = size === 0 ? byte : this.#short(byte, at + 1);
    if (value < 0) return null;
    this.at = at + 1 + size;
    return value;
  }

  #short(byte: number, at: number): number {
    switch (byte) {
      case Format.UINT8:
        return this.#view.getUint8(at);
      case Format.UINT16:
        return this.#view.getUint16(at);
      case Format.UINT32:
        return this.#view.getUint32(at);
      case Format.INT8:
        return this.#view.getInt8(at);
      case Format.INT16:
        return this.#view.getInt16(at);
      default:
        return this.#view.getInt32(at);
    }
  }
}

/** Of an integer behind its first byte, in bytes. */
const SHORT_SIZES: Readonly<Record<number, number>> = {
  [Format.UINT8]: 1,
  [Format.UINT16]: 2,
  [Format.UINT32]: 4,
  [Format.INT8]: 1,
  [Format.INT16]: 2,
  [Format.INT32]: 4,
};
