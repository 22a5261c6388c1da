import type {
  Argument,
  ArgumentValue,
  CallbackFunction,
  CType,
  Signature,
} from "../../model/index.js";
import {
  type CheckedValue,
  checkArguments,
  formatValues,
  type Place,
  placeOf,
  type ValueRules,
} from "../../values/index.js";
import { bufferOf, LARGEST_BUFFER_BYTES, type ReadFile } from "./buffers.js";
import { valueFor } from "./composed.js";
import { argumentErrors } from "./errors.js";
import { scalarOf } from "./scalars.js";
import { readValueText } from "./value-text.js";
import { variadicOf } from "./variadic.js";
import { commandErrors } from "./wording.js";

/** A command line has no memory that is there already. */
const RULES: ValueRules<never> = { errors: commandErrors, memoryOf: () => null };

/**
 * The arguments that `texts` write for a call of `signature`: each is read as the value that a program
 * would give, and checked by the same code. `readFile` serves `@FILE`.
 *
 * @throws UsageError that names the parameter, what is wrong and how to put it right.
 * @example
 * parseArguments(parsePrototype("size_t strlen(const char *s)"), ["hello"], readFileSync)
 * // [{ name: "s", index: 0, value: { kind: "buffer", bytes: "hello\0", size: 6, const: true } }]
 */
export function parseArguments(
  signature: Signature,
  texts: readonly string[],
  readFile: ReadFile,
  functions: ReadonlyMap<string, CallbackFunction> = new Map(),
): Argument[] {
  const { parameters, variadic } = signature;
  const isCountWrong = variadic
    ? texts.length < parameters.length
    : texts.length !== parameters.length;
  if (isCountWrong) throw argumentErrors.wrongCount(signature, texts);
  const fixed = parameters.map(({ name, type }, i) =>
    isFunctionPointer(type) && functions.has(texts[i]!)
      ? functions.get(texts[i]!)
      : given(texts[i]!, type, placeOf(name, type), readFile),
  );
  const rest = texts.slice(parameters.length);
  const formatted = formatValues(signature, [...fixed, ...rest], commandErrors);
  const more = rest.map((text, i) => {
    const name = `arg${parameters.length + i}`;
    const format = formatted?.[i];
    if (!format) return variadicOf(text, name, readFile);
    return given(text, format.type, placeOf(name, format.type, format.text), readFile);
  });
  return checkArguments(RULES, signature, [...fixed, ...more]).map(
    ({ value, ...argument }): Argument => ({ ...argument, value: plain(value, argument.name) }),
  );
}

export function isFunctionPointer(type: CType): boolean {
  return type.kind === "pointer" && type.to.kind === "function";
}

/** What a program would give. */
function given(text: string, type: CType, place: Place, readFile: ReadFile): unknown {
  if (type.kind === "record" || type.kind === "complex") return composedOf(text, type, place);
  if (type.kind !== "pointer") return scalarOf(text, type, place);
  if (text === "null") return null;
  return type.to.kind === "function" ? text : bufferOf(text, type, place, readFile);
}

function composedOf(text: string, type: CType, place: Place): unknown {
  return valueFor(readValueText(text, { strings: true, names: true }) ?? text, type, place);
}

/** What a command line cannot write does not come: addresses, and memory that is there. */
function plain(value: CheckedValue<never>, name: string): ArgumentValue {
  if (value.kind === "address" || value.kind === "memory" || value.kind === "copy") {
    throw new TypeError(`${name} has memory that no text writes`);
  }
  if (value.kind === "buffer" && value.size > LARGEST_BUFFER_BYTES) {
    throw argumentErrors.tooBig(name, value.size, LARGEST_BUFFER_BYTES);
  }
  return value as ArgumentValue;
}
