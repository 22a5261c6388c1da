import type { ArgumentValue, CType } from "../../model/index.js";
import { readArray } from "./array-text.js";
import { arrayBytes, elementBytes } from "./elements.js";
import { argumentErrors } from "./errors.js";
import { isPlainNumber, readInteger } from "./numbers.js";
import type { Place } from "./place.js";

type PointerType = Extract<CType, { kind: "pointer" }>;
type BufferValue = Extract<ArgumentValue, { kind: "buffer" }>;

/** Gives the bytes of the file at `path`, or throws. */
export type ReadFile = (path: string) => Uint8Array;

/** The arena's two views lie within the reach of a 32-bit displacement: more is not allocated. */
export const LARGEST_BUFFER_BYTES = 2 ** 30;

/** The value of a pointer that is not null and points to no function: a buffer of the traced heap. */
export function bufferValue(
  text: string,
  type: PointerType,
  place: Place,
  readFile: ReadFile,
): BufferValue {
  const { to } = type;
  if (isPlainNumber(text)) throw argumentErrors.numberForPointer(place, text, to);
  if (text.startsWith("out:")) return uninitialised(text, type, place);
  if (text.startsWith("@")) return filled(fileBytes(text, to, place, readFile), type, place);
  const array = text.startsWith("[") ? readArray(text) : null;
  if (array) return filled(arrayBytes(to, array, place), type, place);
  if (!mayHoldText(to)) throw argumentErrors.notArray(place, text, to);
  return filled(withNul(textBytes(text, place), to), type, place);
}

/** Text goes to characters, to bytes, and to memory whose layout is not known. */
function mayHoldText(to: CType): boolean {
  return to.kind === "void" || to.kind === "opaque" || (to.kind === "int" && to.bytes === 1);
}

/** `out:N`: N elements. */
function uninitialised(text: string, type: PointerType, place: Place): BufferValue {
  const length = readInteger(text.slice("out:".length));
  if (length === null || length < 0n) throw argumentErrors.badLength(place, text);
  const size = length * BigInt(elementBytes(type.to));
  if (size > LARGEST_BUFFER_BYTES) throw argumentErrors.tooBig(place, size, LARGEST_BUFFER_BYTES);
  return { kind: "buffer", bytes: null, size: Number(size), const: type.const };
}

function filled(bytes: Uint8Array, type: PointerType, place: Place): BufferValue {
  const size = bytes.length;
  if (size > LARGEST_BUFFER_BYTES) throw argumentErrors.tooBig(place, size, LARGEST_BUFFER_BYTES);
  return { kind: "buffer", bytes, size, const: type.const };
}

/** `@FILE`. */
function fileBytes(text: string, to: CType, place: Place, readFile: ReadFile): Uint8Array {
  const path = text.slice(1);
  if (path === "") throw argumentErrors.noPath(place);
  if (to.kind === "pointer") throw argumentErrors.fileOfPointers(place);
  try {
    return withNul(readFile(path), to);
  } catch (cause) {
    throw argumentErrors.unreadable(place, path, cause);
  }
}

/** What a `char *` points to is a string, a file's bytes too: without a NUL `strlen` would run on. */
function withNul(bytes: Uint8Array, to: CType): Uint8Array {
  if (to.kind !== "int" || !to.char) return bytes;
  const string = new Uint8Array(bytes.length + 1);
  string.set(bytes);
  return string;
}

/** Text, bare or quoted as JSON, in UTF-8. */
function textBytes(text: string, place: Place): Uint8Array {
  const characters = text.startsWith('"') ? unquote(text, place) : text;
  // TextEncoder would put U+FFFD in its place.
  if (/\p{Surrogate}/u.test(characters)) throw argumentErrors.loneSurrogate(place);
  return new TextEncoder().encode(characters);
}

function unquote(text: string, place: Place): string {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw argumentErrors.badJson(place, text, cause);
  }
}
