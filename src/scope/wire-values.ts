import { passing, type ValueClass } from "../abi/index.js";
import type { WireType } from "../ipc/index.js";
import type { HostArg } from "../machines/index.js";
import { assertNever, type CType, FfiscopeError } from "../model/index.js";
import { typeText } from "../prototype/index.js";
import { layoutOfC, readValue } from "../values/index.js";

/** A struct or a union that a function returned, as `buffer.value()` reads it; a complex number. */
export interface ValueObject {
  readonly [field: string]: unknown;
}

/**
 * What a function returned: a bool that is neither 0 nor 1 as a number, an integer past 2^53 as a decimal
 * string, one of 128 bits as a BigInt, a pointer as a BigInt; NULL and void are null.
 */
export type CallResult = string | number | bigint | boolean | ValueObject | null;

/** How a value of a C type is passed; null for one that is passed as its bytes. Throws FfiscopeError OPAQUE_BY_VALUE. */
function scalarType(type: CType): WireType | null {
  switch (type.kind) {
    case "void":
      return "void";
    case "bool":
      return "bool";
    case "int":
    case "enum":
      if (type.bytes === 16) return null;
      return `${type.signed ? "i" : "u"}${type.bytes * 8}` as WireType;
    case "float":
      if (type.bytes === 16) return null;
      return type.bytes === 4 ? "f32" : "f64";
    case "pointer":
    case "function":
    case "array":
      return "ptr";
    case "opaque":
      throw new FfiscopeError({
        code: "OPAQUE_BY_VALUE",
        message: `'${type.name}' cannot be passed by value: its layout is not known`,
      });
    case "complex":
    case "record":
      return null;
    default:
      return assertNever(type);
  }
}

/** How a scalar of a C type is passed. */
export function wireType(type: CType): WireType {
  const scalar = scalarType(type);
  if (scalar === null) throw new TypeError(`${typeText(type)} is passed as its bytes`);
  return scalar;
}

/** A value that is passed as its bytes. Throws FfiscopeError TOO_LARGE_BY_VALUE. */
export function wireBytes(type: CType, content: Buffer): HostArg {
  const passed = byValue(type);
  return {
    type: "bytes",
    class: passed.class,
    align: passed.align,
    bytes: content.toString("hex"),
  };
}

/** How a result of a C type is returned. Throws FfiscopeError OPAQUE_BY_VALUE, TOO_LARGE_BY_VALUE. */
export function wireResult(type: CType): WireType | ValueClass {
  return scalarType(type) ?? byValue(type).class;
}

/** The memory that a result is returned in, where it is. */
export function resultMemory(type: CType): HostArg[] {
  if (scalarType(type) !== null) return [];
  const { class: how, size } = byValue(type);
  return how === "memory" ? [{ type: "result", value: size }] : [];
}

/** In bytes: the largest stack of a call. */
const MOST_BY_VALUE = 2 ** 24;

function byValue(type: CType): ReturnType<typeof passing> {
  const passed = passing(type);
  if (passed.size <= MOST_BY_VALUE) return passed;
  throw new FfiscopeError({
    code: "TOO_LARGE_BY_VALUE",
    message: `'${typeText(type)}' has ${passed.size} bytes, which no stack of a call has`,
    remedy: "Pass a pointer to it",
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
  if (scalarType(type) === null) return heldBytes(type, String(value));
  if (type.kind === "pointer" || type.kind === "function") return BigInt(value) || null;
  if (type.kind === "bool" && (value === 0 || value === 1)) return value === 1;
  return value;
}

/** `hex`: whole registers, or as many bytes as it has. */
function heldBytes(type: CType, hex: string): CallResult {
  const layout = layoutOfC(type);
  const bytes = Buffer.alloc(Math.max(layout.size, hex.length / 2));
  bytes.write(hex, "hex");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return readValue(view, layout, 0) as CallResult;
}
