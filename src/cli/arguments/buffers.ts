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

/** `cstr@FILE`: the file's bytes as a C string, with a NUL behind them. */
const STRING_IN_FILE = "cstr@";

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
  if (text.startsWith("@"))
    return filled(fileBytes(text.slice(1), to, place, readFile), type, place);
  if (text.startsWith(STRING_IN_FILE)) {
    if (!mayHoldText(to)) throw argumentErrors.stringOfElements(place, to);
    const path = text.slice(STRING_IN_FILE.length);
    return filled(withNul(fileBytes(path, to, place, readFile)), type, place);
  }
  const array = text.startsWith("[") ? readArray(text) : null;
  if (array) return filled(arrayBytes(to, array, place), type, place);
  if (!mayHoldText(to)) throw argumentErrors.notArray(place, text, to);
  const bytes = textBytes(text, place);
  return filled(isText(to) ? withNul(bytes) : bytes, type, place);
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

/** The bytes of `@FILE`, and not one more: what reads past them is to be found. */
function fileBytes(path: string, to: CType, place: Place, readFile: ReadFile): Uint8Array {
  if (path === "") throw argumentErrors.noPath(place);
  if (to.kind === "pointer") throw argumentErrors.fileOfPointers(place);
  try {
    return readFile(path);
  } catch (cause) {
    throw argumentErrors.unreadable(place, path, cause);
  }
}

/** A `char *` that is written as text is a C string: without a NUL `strlen` would run on. */
const isText = (to: CType) => to.kind === "int" && to.char;

function withNul(bytes: Uint8Array): Uint8Array {
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
