import type { CType } from "../model/index.js";
import type { ValueErrors } from "./errors.js";
import type { Place } from "./place.js";

/** What a JSON report has for an address: no value of more than 32 bits is text by chance. */
const ADDRESS = /^0x[0-9a-f]{9,16}$/i;

/** Bytes of the NUL that ends text of `type`: 0 where text has none. */
export function nulBytes(type: CType): number {
  return type.kind === "int" && type.char ? type.bytes : 0;
}

/**
 * `text` as memory of `type` has it, without a NUL: UTF-8 for `char`, bytes and `void`, UTF-16 for
 * char16_t, UTF-32 for wchar_t and char32_t. Null for what is no text.
 *
 * @throws UsageError where the encoding cannot hold it, and for an address that memory of no type is given as.
 */
export function encodeText(
  text: string,
  type: CType,
  place: Place,
  errors: ValueErrors,
): Uint8Array | null {
  const isBytes = type.kind === "void" || (type.kind === "int" && type.bytes === 1);
  if (nulBytes(type) === 0 && isBytes && ADDRESS.test(text)) {
    throw errors.addressAsText(place, text);
  }
  if (isBytes) return utf8(text, place, errors);
  switch (nulBytes(type)) {
    case 2:
      return Buffer.from(text, "utf16le");
    case 4:
      return utf32(text, place, errors);
    default:
      return null;
  }
}

export function utf8(text: string, place: Place, errors: ValueErrors): Uint8Array {
  checkPairs(text, "UTF-8", place, errors);
  return Buffer.from(text);
}

function utf32(text: string, place: Place, errors: ValueErrors): Uint8Array {
  checkPairs(text, "UTF-32", place, errors);
  return bytes(Uint32Array.from(text, (character) => character.codePointAt(0)!));
}

/** An encoder would put U+FFFD in the place of half a pair. */
function checkPairs(text: string, encoding: string, place: Place, errors: ValueErrors): void {
  if (/\p{Surrogate}/u.test(text)) throw errors.loneSurrogate(place, encoding);
}

const bytes = ({ buffer }: Uint32Array<ArrayBuffer>) => new Uint8Array(buffer);

/** What {@link encodeText} gave, up to a NUL: of characters of `size` bytes. */
export function decodeText(encoded: Uint8Array, size: number): string {
  const buffer = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  if (size === 1) return buffer.toString("utf8");
  if (size === 2) return buffer.toString("utf16le");
  const characters: string[] = [];
  for (let at = 0; at < buffer.length; at += 4) characters.push(character(buffer.readUInt32LE(at)));
  return characters.join("");
}

/** U+FFFD for what is none. */
function character(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}
