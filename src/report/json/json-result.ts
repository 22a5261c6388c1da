import { type CType, type RecordType, toHex } from "../../model/index.js";
import type { ResultValue } from "../call-report.js";
import type { JsonValue } from "./json-types.js";

/**
 * What a function that returned gave, as JSON has it: an integer past 2^53 as a decimal string, a pointer as
 * a hex string (NULL is `0x0`), and the floats that JSON has no numbers for as `"NaN"`,
 * `"Infinity"` and `"-Infinity"`. A bool stays one; a struct is an object of such values.
 */
export function resultToJson(result: ResultValue, type: CType): JsonValue {
  return toJson(result, type);
}

function toJson(value: unknown, type: CType): JsonValue {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (value === null || value === undefined) return isPointer(type) ? toHex(0) : null;
  switch (type.kind) {
    case "void":
      return null;
    case "pointer":
    case "function":
      return toHex(value as bigint);
    case "float":
      return Number.isFinite(Number(value)) ? Number(value) : String(value);
    case "complex":
      return ofParts(value, () => ({ kind: "float", bytes: 8 }));
    case "array":
      return (value as readonly unknown[]).map((element) => toJson(element, type.of));
    case "record": {
      const types = new Map(fieldTypes(type));
      return ofParts(value, (name) => types.get(name)!);
    }
    default:
      return Number.isSafeInteger(Number(value))
        ? Number(value)
        : BigInt(value as bigint).toString();
  }
}

function ofParts(value: unknown, typeOf: (name: string) => CType): JsonValue {
  const parts = Object.entries(value as object);
  return Object.fromEntries(parts.map(([name, part]) => [name, toJson(part, typeOf(name))]));
}

/** By name: those of anonymous structs and unions are the record's own. */
function fieldTypes({ fields }: RecordType): [name: string, type: CType][] {
  return fields.flatMap(({ name, type, bits }): [string, CType][] => {
    if (name !== "") return [[name, type]];
    return type.kind === "record" && !bits ? fieldTypes(type) : [];
  });
}

const isPointer = ({ kind }: CType) => kind === "pointer" || kind === "function";
