import { assertNever, type CType, type Parameter, type Signature } from "../model/index.js";
import { isUnpassable } from "./arithmetic-types.js";
import type { Declaration, Derivation } from "./declaration.js";
import { prototypeErrors } from "./errors.js";
import { pointerTo } from "./named-types.js";
import type { Alias } from "./names.js";
import type { Specifiers } from "./specifiers.js";
import type { Token } from "./tokens.js";
import { typeText } from "./type-text.js";
import { nearestType } from "./words.js";

/** The type that a declaration gives its name. */
export function declaredType({ specifiers, derivations, text }: Declaration): Alias {
  return derive(specifiers, derivations, text);
}

/** How a parameter is passed: arrays and functions as pointers to what they hold. */
export function parameterType(declaration: Declaration): CType {
  const type = passedType(declaration);
  checkPassable(type, declaration.specifiers);
  return type;
}

/** What memory holds; a function is a pointer to one. @throws UsageError for a type of no known size. */
export function heldType(declaration: Declaration): CType {
  const type = passedType(declaration);
  checkKnown(type, declaration.specifiers);
  return type;
}

/** What the function returns whose first derivation is its parameter list. */
export function resultType({ specifiers, derivations, text }: Declaration): CType {
  const { type } = derive(specifiers, derivations.slice(1), text);
  checkResult(type, specifiers.token);
  if (type.kind !== "void") checkPassable(type, specifiers);
  return type;
}

/** Applies derivations from the outermost, which is next to the specifiers, to the name's own. */
function derive(base: Specifiers, derivations: readonly Derivation[], text: string): Alias {
  let derived: Alias = base;
  for (const derivation of derivations.toReversed()) {
    derived = derivedBy(derivation, derived, base.token, text);
  }
  return derived;
}

function derivedBy(derivation: Derivation, from: Alias, token: Token, text: string): Alias {
  switch (derivation.kind) {
    case "pointer":
      return { type: pointerTo(from.type, from.const), const: derivation.const, align: null };
    case "array": {
      if (from.type.kind === "function") {
        throw prototypeErrors.badDerivation("an array of functions", token);
      }
      return { ...from, type: { kind: "array", of: from.type, length: derivation.length } };
    }
    case "function": {
      checkResult(from.type, token);
      const signature = signatureOf(from.type, derivation, text);
      return { type: { kind: "function", text, signature }, const: false, align: null };
    }
    default:
      return assertNever(derivation);
  }
}

/** @throws UsageError for what no function returns. */
function checkResult(type: CType, token: Token): void {
  if (type.kind !== "array" && type.kind !== "function") return;
  const what = `a function that returns ${type.kind === "array" ? "an array" : "a function"}`;
  throw prototypeErrors.badDerivation(what, token);
}

/** Of a type of functions; null where a call of it could not be made. */
function signatureOf(
  result: CType,
  { parameters, variadic }: Extract<Derivation, { kind: "function" }>,
  text: string,
): Signature | null {
  const passed = parameters.map(
    (declaration, index): Parameter => ({
      name: declaration.name?.text ?? `arg${index}`,
      type: passedType(declaration),
    }),
  );
  const isKnown = passed.every(({ type }) => type.kind !== "opaque" && type.kind !== "void");
  if (!isKnown || result.kind === "opaque") return null;
  return { name: "", result, parameters: passed, variadic, text };
}

function passedType(declaration: Declaration): CType {
  const { const: constant, type: declared } = declaredType(declaration);
  const type = declaration.specifiers.names.passedAs(declared);
  switch (type.kind) {
    case "array":
      return pointerTo(sizedElement(type.of), constant);
    case "function":
      return pointerTo(type);
    case "pointer":
      return { ...type, to: sizedElement(type.to) };
    case "void":
      throw prototypeErrors.voidValue(declaration.specifiers.token);
    default:
      return type;
  }
}

/** What an array holds whose length is not known is flat: its innermost elements. */
function sizedElement(type: CType): CType {
  return type.kind === "array" && !hasLength(type) ? sizedElement(type.of) : type;
}

function hasLength(type: CType): boolean {
  return type.kind !== "array" || (type.length !== null && hasLength(type.of));
}

/** @throws UsageError for a type that has no known size, or that no call passes. */
function checkPassable(type: CType, specifiers: Specifiers): void {
  if (isRefused(type)) throw prototypeErrors.unpassable(typeText(type), specifiers.token);
  checkKnown(type, specifiers);
}

/** @throws UsageError for a type that has no known size. */
function checkKnown(type: CType, { token, names }: Specifiers): void {
  if (type.kind !== "opaque") return;
  if (/^(struct|union) /.test(type.name)) throw prototypeErrors.aggregate(type.name, token);
  if (isUnpassable(type.name)) throw prototypeErrors.unpassable(type.name, token);
  if (/va_list$/.test(type.name)) throw prototypeErrors.vaList(token);
  throw prototypeErrors.unknownType(token, nearestType(type.name, names));
}

/** Types that no call passes by value: those with a member of a type of GCC's own, such as `_Float16`. */
function isRefused(type: CType): boolean {
  switch (type.kind) {
    case "record":
      return type.fields.some((field) => field.type.kind === "opaque" || isRefused(field.type));
    case "array":
      return type.of.kind === "opaque" || isRefused(type.of);
    default:
      return false;
  }
}
