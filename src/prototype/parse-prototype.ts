import type { Parameter, Signature } from "../model/index.js";
import { Cursor } from "./cursor.js";
import { type Declaration, parseDeclaration } from "./declaration.js";
import { prototypeErrors } from "./errors.js";
import type { Names } from "./names.js";
import { parameterType, resultType } from "./resolve.js";

/**
 * The signature that a C prototype declares. Names and const come from the text; an unnamed
 * parameter is `argN`, N its 0-based position. Macros and attributes of headers are skipped.
 *
 * @throws UsageError with one line that points at what is wrong and says how to put it right.
 * @example
 * parsePrototype("ulong crc32(ulong crc, const uint8_t *buf, uint len)").parameters[1]
 * // { name: "buf", type: { kind: "pointer", to: …, const: true } }
 */
export function parsePrototype(text: string, names?: Names): Signature {
  checkLength(text);
  const cursor = Cursor.of(text, names);
  if (cursor.peek().kind === "end") throw prototypeErrors.empty();
  const declaration = parseDeclaration(cursor);
  const { typedef } = declaration.specifiers;
  if (typedef) throw prototypeErrors.typedef(typedef);
  if (cursor.sees("{")) throw prototypeErrors.body(cursor.peek());
  const name = nameOf(declaration);
  if (declaration.derivations[0]?.kind === "function") {
    cursor.accept(";");
    if (cursor.peek().kind !== "end") throw prototypeErrors.trailing(cursor.peek());
    return { ...signatureOf(declaration)!, text };
  }
  const pointsToFunction = declaration.derivations[1]?.kind === "function";
  if (pointsToFunction) throw prototypeErrors.functionPointer(name);
  if (cursor.peek().kind !== "end" && !cursor.sees(";")) {
    throw prototypeErrors.unexpected(cursor.peek(), "a list of parameters");
  }
  throw prototypeErrors.noParameterList(name);
}

/** That of a function's declaration; null where it declares no function. @throws UsageError. */
export function signatureOf(declaration: Declaration): Signature | null {
  const [list] = declaration.derivations;
  if (list?.kind !== "function") return null;
  const { text } = declaration;
  return {
    name: nameOf(declaration),
    result: resultType(declaration),
    parameters: parametersOf(list.parameters),
    variadic: list.variadic,
    text,
  };
}

/**
 * Far more than any declaration has, in UTF-16 units; the longest of the headers in /usr/include has
 * some 2,000. It bounds what a text takes in time: lists are compared name by name, and long runs of
 * white space overflow the stack of V8's regular expressions.
 */
const MOST_LENGTH = 16_384;

/** Types do not reach JavaScript. @throws UsageError where `text` is none. */
export function checkText(text: unknown): void {
  if (typeof text !== "string") throw prototypeErrors.noText(text);
}

/** @throws UsageError where `text` is no text, or too long to be one declaration. */
export function checkLength(text: string): void {
  checkText(text);
  if (text.length > MOST_LENGTH) throw prototypeErrors.tooLong(text.length, MOST_LENGTH);
}

function nameOf({ name, specifiers, derivations }: Declaration): string {
  if (name) return name.text;
  // `foo(int a)`: the name was taken for the result's type.
  const { type, token } = specifiers;
  const isFunction = derivations[0]?.kind === "function";
  if (type.kind === "opaque" && type.name === token.text && (isFunction || !derivations.length)) {
    throw isFunction
      ? prototypeErrors.missingResult(token.text)
      : prototypeErrors.noParameterList(token.text);
  }
  throw prototypeErrors.missingName();
}

function parametersOf(declarations: readonly Declaration[]): Parameter[] {
  const taken = new Set<string>();
  return declarations.map((declaration, index) => {
    const { name } = declaration;
    if (name && taken.has(name.text)) throw prototypeErrors.duplicateName(name);
    if (name) taken.add(name.text);
    return { name: name?.text ?? `arg${index}`, type: parameterType(declaration) };
  });
}
