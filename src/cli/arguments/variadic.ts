import type { ArgumentValue, CType } from "../../model/index.js";
import { readArray } from "./array-text.js";
import { bufferValue, type ReadFile } from "./buffers.js";
import { argumentErrors } from "./errors.js";
import { isPlainNumber, readInteger } from "./numbers.js";
import type { Place } from "./place.js";
import { floatValue, rangeOf } from "./scalars.js";

const LONG = { kind: "int", bytes: 8, signed: true, char: false } as const;
const ULONG = { ...LONG, signed: false } as const;
const DOUBLE = { kind: "float", bytes: 8 } as const;
const TEXT = {
  kind: "pointer",
  to: { kind: "int", bytes: 1, signed: true, char: true },
  const: true,
} as const satisfies CType;
const MEMORY = { kind: "pointer", to: { kind: "void" }, const: false } as const satisfies CType;

/**
 * The value of an argument that `...` takes, by what it looks like: C's own promotions leave only
 * int, long, double and pointers there. An int is passed in a whole register, so that its value
 * alone says all, whether C reads it as an int or as a long.
 */
export function variadicValue(text: string, name: string, readFile: ReadFile): ArgumentValue {
  if (text === "null") return { kind: "null" };
  if (isPlainNumber(text)) return numberValue(text, name);
  const isMemory = text.startsWith("out:");
  const type = isMemory ? MEMORY : TEXT;
  const place: Place = { name, type };
  if (text.startsWith("[") && readArray(text)) throw argumentErrors.variadicArray(place, text);
  return bufferValue(text, type, place, readFile);
}

function numberValue(text: string, name: string): ArgumentValue {
  const value = readInteger(text);
  if (value === null) {
    const place: Place = { name, type: DOUBLE };
    return { kind: "float", value: floatValue(text, DOUBLE, place), bytes: DOUBLE.bytes };
  }
  const [least] = rangeOf(LONG);
  const [, most] = rangeOf(ULONG);
  if (value < least || value > most) {
    throw argumentErrors.variadicRange({ name, type: LONG }, text);
  }
  return { kind: "int", value };
}
