import { type CType, toHex } from "../../model/index.js";
import type { ResultValue } from "../call-report.js";

/**
 * What a function that returned gave, as JSON has it: an integer past 2^53 as a decimal string, a pointer as
 * a hex string (NULL is `0x0`), and the floats that JSON has no numbers for as `"NaN"`,
 * `"Infinity"` and `"-Infinity"`. A bool stays one.
 */
export function resultToJson(result: ResultValue, type: CType): number | string | boolean | null {
  if (typeof result === "string" || typeof result === "boolean") return result;
  if (result === null) return isPointer(type) ? toHex(0) : null;
  switch (type.kind) {
    case "void":
      return null;
    case "pointer":
    case "function":
      return toHex(result);
    case "float":
      return Number.isFinite(Number(result)) ? Number(result) : String(result);
    default:
      return Number.isSafeInteger(Number(result)) ? Number(result) : BigInt(result).toString();
  }
}

const isPointer = ({ kind }: CType) => kind === "pointer" || kind === "function";
