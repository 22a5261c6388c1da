import type { WireType } from "../ipc/index.js";
import { assertNever, type CType, FfiscopeError } from "../model/index.js";
import { typeText } from "../prototype/index.js";

/** What a function returned: a bool that is neither 0 nor 1 as a number, an integer past 2^53 as a decimal string, a pointer as a BigInt; NULL and void are null. */
export type CallResult = string | number | bigint | boolean | null;

/** How a value of a C type is passed. Throws FfiscopeError OPAQUE_BY_VALUE. */
export function wireType(type: CType): WireType {
  switch (type.kind) {
    case "void":
      return "void";
    case "bool":
      return "bool";
    case "int":
      if (type.bytes === 16) throw unsupported(type);
      return `${type.signed ? "i" : "u"}${type.bytes * 8}` as WireType;
    case "float":
      if (type.bytes === 16) throw unsupported(type);
      return type.bytes === 4 ? "f32" : "f64";
    case "pointer":
    case "function":
      return "ptr";
    case "enum":
      return `${type.signed ? "i" : "u"}${type.bytes * 8}` as WireType;
    case "opaque":
      throw new FfiscopeError({
        code: "OPAQUE_BY_VALUE",
        message: `'${type.name}' cannot be passed by value: its layout is not known`,
      });
    case "complex":
    case "array":
    case "record":
      throw unsupported(type);
    default:
      return assertNever(type);
  }
}

function unsupported(type: CType): FfiscopeError {
  return new FfiscopeError({
    code: "UNSUPPORTED_BY_VALUE",
    message: `'${typeText(type)}' cannot be passed by value yet`,
  });
}

/** How an integer behind `...` is passed: it has no declared width, and 64 bits hold all that fits fewer. */
export function variadicType(value: bigint): "i64" | "u64" {
  return value > 2n ** 63n - 1n ? "u64" : "i64";
}

/** An integer as a session's event has it: events survive JSON, so one past 2^53 is a decimal string. */
export function exactly(integer: bigint): number | string {
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer.toString();
}

/** What came back from a function whose result has this C type. `value`: as {@link exactly} writes it. */
export function resultOf(type: CType, value: string | number | null): CallResult {
  if (value === null || type.kind === "void") return null;
  if (type.kind === "pointer" || type.kind === "function") return BigInt(value) || null;
  if (type.kind === "bool" && (value === 0 || value === 1)) return value === 1;
  return value;
}
