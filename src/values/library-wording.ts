import { type CType, quoted } from "../model/index.js";
import { valueErrors, type Wording } from "./errors.js";

/** A value in a message: short, on one line. */
export function shown(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? "an array" : `an object (${value.constructor?.name ?? "null"})`;
  }
  return Object.is(value, -0) ? "-0" : String(value);
}

function pointerRemedy(to: CType): string {
  const rest = "a buffer of the scope, bytes, out(n), null, or an address as a BigInt";
  switch (to.kind) {
    case "pointer":
      return `Give an array of what it points to, ${rest}`;
    case "opaque":
      return `Give ${rest}, such as the result of the call that made it`;
    case "void":
      return `Give text, an array of bytes, ${rest}`;
    case "int":
      return `Give ${to.char || to.bytes === 1 ? "text, " : ""}an array of numbers, ${rest}`;
    default:
      return `Give an array, ${rest}`;
  }
}

function integerRemedy(value: unknown): string {
  if (value === null) return "Give 0";
  if (typeof value === "string" && [...value].length === 1) {
    return `Give its code, ${value.codePointAt(0)}`;
  }
  return "Give a number or a BigInt without a fraction";
}

const LIBRARY: Wording = { verb: "Give", shown, pointerRemedy, integerRemedy };

/** The errors of values that a program gives. */
export const libraryErrors = valueErrors(LIBRARY);
