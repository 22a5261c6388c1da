import { type CType, toHex } from "../model/index.js";

/**
 * What a function returned, as its C type says: an integer past 2^53 is a decimal string, a pointer
 * a hex string, void null.
 */
export function resultOf(
  type: CType,
  value: string | number | null,
): string | number | boolean | null {
  if (value === null || type.kind === "void") return null;
  if (type.kind === "pointer" || type.kind === "function") return toHex(BigInt(value));
  if (type.kind === "bool") return Number(value) !== 0;
  return value;
}
