import type { CType } from "../../model/index.js";
import { as } from "../../values/index.js";
import { bufferOf, type ReadFile } from "./buffers.js";
import { isPlainNumber, readInteger } from "./numbers.js";
import { floatOf } from "./scalars.js";
import { readArray } from "./value-text.js";
import { commandErrors } from "./wording.js";

const TEXT = {
  kind: "pointer",
  to: { kind: "int", bytes: 1, signed: true, char: true },
  const: true,
} as const satisfies CType;

/** What a program would give behind `...` where no format says of which type it is. */
export function variadicOf(text: string, name: string, readFile: ReadFile): unknown {
  if (text === "null") return null;
  if (isPlainNumber(text)) {
    const place = { name, text: `${name} (double)` };
    return readInteger(text) ?? as("double", floatOf(text, { kind: "float", bytes: 8 }, place));
  }
  const place = { name, text: `${name} (${text.startsWith("out:") ? "void *" : "const char *"})` };
  if (text.startsWith("[") && readArray(text)) throw commandErrors.variadicArray(place, text);
  const value = bufferOf(text, TEXT, place, readFile);
  return value instanceof Uint8Array ? as("const char *", value) : value;
}
