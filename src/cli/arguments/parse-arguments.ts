import type { Argument, ArgumentValue, ComparatorName, Signature } from "../../model/index.js";
import { bufferValue, type ReadFile } from "./buffers.js";
import { argumentErrors } from "./errors.js";
import type { Place } from "./place.js";
import { scalarValue } from "./scalars.js";
import { variadicValue } from "./variadic.js";

const COMPARATORS: ReadonlyMap<string, ComparatorName> = new Map([
  ["cmp:i32", "i32"],
  ["cmp:u8", "u8"],
  ["cmp:f64", "f64"],
  ["cmp:str", "str"],
]);

/**
 * The arguments that `texts` write for a call of `signature`, each checked against its parameter's
 * type. `readFile` serves `@FILE`.
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
): Argument[] {
  const { parameters, variadic } = signature;
  const isCountWrong = variadic
    ? texts.length < parameters.length
    : texts.length !== parameters.length;
  if (isCountWrong) throw argumentErrors.wrongCount(signature, texts);
  return texts.map((text, index) => {
    const parameter = parameters[index];
    if (!parameter) {
      const name = `arg${index}`;
      return { name, index, value: variadicValue(text, name, readFile) };
    }
    return { name: parameter.name, index, value: argumentValue(text, parameter, readFile) };
  });
}

function argumentValue(text: string, place: Place, readFile: ReadFile): ArgumentValue {
  const { type } = place;
  if (type.kind !== "pointer") return scalarValue(text, place);
  if (text === "null") return { kind: "null" };
  if (type.to.kind !== "function") return bufferValue(text, type, place, readFile);
  const comparator = COMPARATORS.get(text);
  if (!comparator) throw argumentErrors.notFunction(place, text);
  return { kind: "comparator", comparator };
}
