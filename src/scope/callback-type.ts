import { type Signature, UsageError } from "../model/index.js";
import { type Declarations, parseType } from "../prototype/index.js";
import { callbackErrors } from "./callback-errors.js";

/**
 * The type of a function by its text: `int (int)`, `int name(int)`, or a name of a declared type or
 * function. @throws UsageError
 */
export function callbackType(text: string, declarations: Declarations): Signature {
  const type = typeOf(text, declarations);
  if (type === null) return declarations.signature(text);
  const { element, lengths } = type;
  const to = element.kind === "pointer" ? element.to : element;
  if (to.kind !== "function" || lengths.length > 0 || !to.signature) {
    throw callbackErrors.noType(text);
  }
  return { ...to.signature, name: to.signature.name || "callback", text };
}

/** Null where it is no type's: a prototype has the function's name in it. */
function typeOf(text: string, { names }: Declarations) {
  try {
    return parseType(text, names);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return null;
  }
}
