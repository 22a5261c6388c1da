import type { CType } from "../../model/index.js";
import { nulBytes, out, type Place } from "../../values/index.js";
import { arrayOf, isComposed, valueFor } from "./composed.js";
import { argumentErrors } from "./errors.js";
import { isPlainNumber, readInteger } from "./numbers.js";
import { mayHoldText, quotedText } from "./quoted-text.js";
import { FieldsText, readArray, readValueText } from "./value-text.js";

type PointerType = Extract<CType, { kind: "pointer" }>;

/** Gives the bytes of the file at `path`, or throws. */
export type ReadFile = (path: string) => Uint8Array;

/** The arena's two views lie within the reach of a 32-bit displacement: more is not allocated. */
export const LARGEST_BUFFER_BYTES = 2 ** 30;

/** `cstr@FILE`: the file's bytes as a C string, with a NUL behind them. */
const STRING_IN_FILE = "cstr@";

/** What a program would give for a pointer that is not null and points to no function. */
export function bufferOf(
  text: string,
  { to }: PointerType,
  place: Place,
  readFile: ReadFile,
): unknown {
  if (isPlainNumber(text)) throw argumentErrors.numberForPointer(place, text, to);
  const hasNoType = to.kind === "void" || to.kind === "opaque";
  if (hasNoType && text.startsWith("js:")) throw argumentErrors.functionForPointer(place, text);
  if (text.startsWith("out:")) return uninitialised(text, place);
  if (text.startsWith("@")) return fileBytes(text.slice(1), to, place, readFile);
  if (text.startsWith(STRING_IN_FILE)) {
    if (!mayEndInNul(to)) throw argumentErrors.stringOfElements(place, to);
    const path = text.slice(STRING_IN_FILE.length);
    return withNul(fileBytes(path, to, place, readFile), nulBytes(to) || 1);
  }
  if (isComposed(to)) return composed(text, to, place);
  const isOfText = to.kind === "pointer" && mayHoldText(to.to);
  const array = text.startsWith("[") ? readArray(text, { strings: isOfText }) : null;
  if (array) return arrayOf(array, to, place);
  if (text.startsWith("[") && !mayHoldText(to)) throw argumentErrors.notArray(place, text, to);
  return text.startsWith('"') && mayHoldText(to) ? quotedText(text, to, place) : text;
}

function composed(text: string, to: CType, place: Place): unknown {
  const value = readValueText(text, { strings: true, names: true });
  if (value === null) throw argumentErrors.notComposed(place, text, to);
  return value instanceof FieldsText ? valueFor(value, to, place) : arrayOf(value, to, place);
}

function mayEndInNul(to: CType): boolean {
  return mayHoldText(to) || to.kind === "opaque";
}

/** `out:N`: N elements. */
function uninitialised(text: string, place: Place): unknown {
  const length = readInteger(text.slice("out:".length));
  if (length === null || length < 0n) throw argumentErrors.badLength(place, text);
  return out(Number(length));
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

function withNul(bytes: Uint8Array, size: number): Uint8Array {
  const string = new Uint8Array(bytes.length + size);
  string.set(bytes);
  return string;
}
