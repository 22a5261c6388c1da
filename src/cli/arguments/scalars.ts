import type { CType } from "../../model/index.js";
import type { Place } from "../../values/index.js";
import { argumentErrors } from "./errors.js";
import { isInfinity, readFloat, readInteger } from "./numbers.js";
import { commandErrors } from "./wording.js";

/** What a program would give for a value of `type`, which is no pointer. */
export function scalarOf(
  text: string,
  type: CType,
  place: Place,
): bigint | number | boolean | string {
  switch (type.kind) {
    case "bool":
      return truthOf(text, place);
    case "enum":
      return readInteger(text) ?? text.replace(/^"(.*)"$/, "$1");
    case "float":
      if (type.bytes === 16) return readInteger(text) ?? text; // read as it is: a double would round it
      return floatOf(text, type, place);
    case "int":
    case "void":
    case "opaque":
      return integerOf(text, place);
    default:
      throw commandErrors.noValue(place);
  }
}

function truthOf(text: string, place: Place): boolean {
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw commandErrors.notBool(place, text);
}

/** A truth value is an integer, too. */
function integerOf(text: string, place: Place): bigint | boolean {
  if (text === "true" || text === "false") return text === "true";
  const value = readInteger(text);
  if (value === null) throw argumentErrors.notInteger(place, text, readFloat(text) !== null);
  return value;
}

export function floatOf(
  text: string,
  type: Extract<CType, { kind: "float" }>,
  place: Place,
): number {
  const value = readFloat(text);
  if (value === null) throw commandErrors.notFloat(place, text);
  const held = type.bytes === 4 ? Math.fround(value) : value;
  if (Math.abs(held) === Infinity && !isInfinity(text)) {
    throw commandErrors.tooLarge(place, text, type);
  }
  return value;
}
