import type { Plain } from "./entry.js";

/** Deeper, longer and wider than this is not shown. */
const MAX_DEPTH = 6;
const MAX_ITEMS = 40;
const MAX_TEXT = 400;

/**
 * `value` as bounded JSON, and never an error: what inspects a program must not break it. What was
 * left out is said. The values of an environment are: they may be secrets.
 */
export function plain(value: unknown, depth = 0): Plain {
  switch (typeof value) {
    case "string":
      return value.length <= MAX_TEXT ? value : `${value.slice(0, MAX_TEXT)}… (${value.length})`;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
      return value;
    case "bigint":
      return value.toString();
    case "undefined":
      return null;
    case "function":
      return `(function ${value.name})`;
    case "symbol":
      return value.toString();
    default:
      return value === null ? null : ofObject(value as object, depth);
  }
}

function ofObject(value: object, depth: number): Plain {
  try {
    if (ArrayBuffer.isView(value)) return `(${value.constructor.name}, ${value.byteLength} bytes)`;
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    if (depth >= MAX_DEPTH) return Array.isArray(value) ? "[…]" : "{…}";
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") return plain(toJSON.call(value), depth + 1);
    return Array.isArray(value) ? ofArray(value, depth) : ofRecord(value, depth);
  } catch (error) {
    return `(cannot be shown: ${error instanceof Error ? error.message : String(error)})`;
  }
}

function ofArray(value: readonly unknown[], depth: number): Plain {
  const shown = value.slice(0, MAX_ITEMS).map((item) => plain(item, depth + 1));
  const left = value.length - shown.length;
  return left > 0 ? [...shown, `… ${left} more`] : shown;
}

function ofRecord(value: object, depth: number): Plain {
  const keys = Object.keys(value);
  const shown: Record<string, Plain> = {};
  for (const key of keys.slice(0, MAX_ITEMS)) {
    const item = (value as Record<string, unknown>)[key];
    const hidden = key === "env" && typeof item === "object" && item !== null;
    shown[key] = hidden
      ? `(${Object.keys(item).length} variables, not shown)`
      : plain(item, depth + 1);
  }
  if (keys.length > MAX_ITEMS) shown["…"] = `${keys.length - MAX_ITEMS} more`;
  return shown;
}
