import type { CType } from "../../model/index.js";
import { nulBytes, out, type Place, utf8 } from "../../values/index.js";
import { readArray } from "./array-text.js";
import { arrayOf } from "./elements.js";
import { argumentErrors } from "./errors.js";
import { isPlainNumber, readInteger } from "./numbers.js";
import { commandErrors } from "./wording.js";

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
  if (text.startsWith("out:")) return uninitialised(text, place);
  if (text.startsWith("@")) return fileBytes(text.slice(1), to, place, readFile);
  if (text.startsWith(STRING_IN_FILE)) {
    if (!mayEndInNul(to)) throw argumentErrors.stringOfElements(place, to);
    const path = text.slice(STRING_IN_FILE.length);
    return withNul(fileBytes(path, to, place, readFile), nulBytes(to) || 1);
  }
  const array = text.startsWith("[") ? readArray(text) : null;
  if (array) return arrayOf(array, to, place);
  if (text.startsWith("[") && !mayHoldText(to)) throw argumentErrors.notArray(place, text, to);
  if (!text.startsWith('"') || !mayHoldText(to)) return text;
  const quoted = unquote(text, place);
  // Quoted it is no address, whatever it looks like.
  return nulBytes(to) === 0 ? utf8(quoted, place, commandErrors) : quoted;
}

/** Text goes to characters, to bytes, and to memory of no type. */
function mayHoldText(to: CType): boolean {
  return to.kind === "void" || nulBytes(to) > 0 || (to.kind === "int" && to.bytes === 1);
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

function unquote(text: string, place: Place): string {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw argumentErrors.badJson(place, text, cause);
  }
}
