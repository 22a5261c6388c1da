import type { CType } from "../../model/index.js";
import { nulBytes, type Place, utf8 } from "../../values/index.js";
import { argumentErrors } from "./errors.js";
import { commandErrors } from "./wording.js";

/** Text goes to characters, to bytes, and to memory of no type. */
export function mayHoldText(to: CType): boolean {
  return to.kind === "void" || nulBytes(to) > 0 || (to.kind === "int" && to.bytes === 1);
}

/** What a program would give for text that is quoted as JSON: it is no address, whatever it looks like. */
export function quotedText(text: string, to: CType, place: Place): string | Uint8Array {
  const quoted = unquote(text, place);
  return nulBytes(to) === 0 ? utf8(quoted, place, commandErrors) : quoted;
}

function unquote(text: string, place: Place): string {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw argumentErrors.badJson(place, text, cause);
  }
}
