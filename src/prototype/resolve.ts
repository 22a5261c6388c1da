import { assertNever, type CType } from "../model/index.js";
import { isUnpassable } from "./arithmetic-types.js";
import type { Declaration, Derivation } from "./declaration.js";
import { prototypeErrors } from "./errors.js";
import { pointerTo } from "./named-types.js";
import type { Specifiers } from "./specifiers.js";
import type { Token } from "./tokens.js";
import { typeText } from "./type-text.js";
import { nearestType } from "./words.js";

/** A type on its way from the specifiers to the name. */
interface Derived {
  /** An array's is its innermost element's: memory is flat, and nothing else is asked of it. */
  readonly type: CType;
  readonly const: boolean;
  readonly shape: "object" | "array" | "function";
}

/** How a parameter is passed: arrays and functions as pointers to what they hold. */
export function parameterType(declaration: Declaration): CType {
  const { specifiers, derivations, text } = declaration;
  const derived = derive(specifiers, derivations, text);
  if (derived.shape !== "object") return pointerTo(derived.type, derived.const);
  if (derived.type.kind === "void") throw prototypeErrors.voidValue(specifiers.token);
  return passable(derived.type, specifiers);
}

/** What the function returns whose first derivation is its parameter list. */
export function resultType({ specifiers, derivations, text }: Declaration): CType {
  const { type, shape } = derive(specifiers, derivations.slice(1), text);
  if (shape !== "object") {
    throw prototypeErrors.badDerivation(
      `a function that returns ${article(shape)}`,
      specifiers.token,
    );
  }
  return passable(type, specifiers);
}

/** Applies derivations from the outermost, which is next to the specifiers, to the name's own. */
function derive(base: Specifiers, derivations: readonly Derivation[], text: string): Derived {
  let derived: Derived = { type: base.type, const: base.const, shape: "object" };
  for (const derivation of derivations.toReversed()) {
    derived = derivedBy(derivation, derived, base.token, text);
  }
  return derived;
}

function derivedBy(derivation: Derivation, from: Derived, token: Token, text: string): Derived {
  switch (derivation.kind) {
    case "pointer":
      return { type: pointerTo(from.type, from.const), const: derivation.const, shape: "object" };
    case "array":
      if (from.shape === "function") {
        throw prototypeErrors.badDerivation("an array of functions", token);
      }
      return { type: from.type, const: from.const, shape: "array" };
    case "function":
      if (from.shape !== "object") {
        const what = `a function that returns ${article(from.shape)}`;
        throw prototypeErrors.badDerivation(what, token);
      }
      return { type: { kind: "function", text, signature: null }, const: false, shape: "function" };
    default:
      return assertNever(derivation);
  }
}

function article(shape: "array" | "function"): string {
  return shape === "array" ? "an array" : "a function";
}

/** @throws UsageError for a type that has no known size, or that koffi cannot be told of. */
function passable(type: CType, { token }: Specifiers): CType {
  if (isRefused(type)) throw prototypeErrors.unpassable(typeText(type), token);
  if (type.kind !== "opaque") return type;
  if (/^(struct|union) /.test(type.name)) throw prototypeErrors.aggregate(type.name, token);
  if (isUnpassable(type.name)) throw prototypeErrors.unpassable(type.name, token);
  if (/va_list$/.test(type.name)) throw prototypeErrors.vaList(token);
  throw prototypeErrors.unknownType(token, nearestType(type.name));
}

/** Types that no call passes by value yet. */
function isRefused(type: CType): boolean {
  switch (type.kind) {
    case "complex":
    case "record":
      return true;
    case "int":
    case "float":
      return type.bytes === 16;
    default:
      return false;
  }
}
