import type { Cursor } from "./cursor.js";
import { prototypeErrors } from "./errors.js";
import { parseSpecifiers, type Specifiers } from "./specifiers.js";
import type { Token } from "./tokens.js";
import { constWords, isMacroName, skipSilent, skipTrailing, startsType } from "./words.js";

/** One step from a name to its type: `a` of `int *a[3]` is an array of pointers to int. */
export type Derivation =
  | { readonly kind: "pointer"; readonly const: boolean }
  | { readonly kind: "array" }
  | {
      readonly kind: "function";
      readonly parameters: readonly Declaration[];
      readonly variadic: boolean;
    };

/** A name, null where there is none, and its derivations from the name outwards. */
interface Declarator {
  readonly name: Token | null;
  readonly derivations: readonly Derivation[];
}

export interface Declaration extends Declarator {
  readonly specifiers: Specifiers;
  /** As it was written, on one line. */
  readonly text: string;
}

/** Deeper parentheses than any header has; the parser recurses. */
const MOST_NESTING = 50;

/** A declaration with a name: the prototype itself. */
export function parseDeclaration(cursor: Cursor): Declaration {
  return declaration(cursor, true, 0);
}

/** A declaration without a name: a type. */
export function parseTypeName(cursor: Cursor): Declaration {
  return declaration(cursor, false, 0);
}

function declaration(cursor: Cursor, named: boolean, depth: number): Declaration {
  const { at } = cursor.peek();
  const specifiers = parseSpecifiers(cursor);
  const { name, derivations } = declarator(cursor, named, depth);
  const text = cursor.textSince(at);
  skipTrailing(cursor);
  return { specifiers, name, derivations, text };
}

function declarator(cursor: Cursor, named: boolean, depth: number): Declarator {
  if (depth > MOST_NESTING) throw prototypeErrors.tooDeep(cursor.peek());
  const pointers: Derivation[] = [];
  while (cursor.accept("*")) pointers.unshift({ kind: "pointer", const: qualifiers(cursor) });
  if (cursor.sees("&")) throw prototypeErrors.reference(cursor.peek());
  const { name, derivations } = directDeclarator(cursor, named, depth);
  return { name, derivations: [...derivations, ...suffixes(cursor, depth), ...pointers] };
}

/** A name, a declarator in parentheses, or nothing. */
function directDeclarator(cursor: Cursor, named: boolean, depth: number): Declarator {
  if (named && cursor.peek(1).text === "(" && isNamedByMacro(cursor)) cursor.next();
  if (cursor.sees("(") && isNested(cursor)) {
    cursor.next();
    skipSilent(cursor);
    skipMacroBefore(cursor, (after) => after.text === "*" || after.kind === "word");
    const inner = declarator(cursor, named, depth + 1);
    cursor.expect(")");
    return inner;
  }
  const token = cursor.peek();
  if (token.kind !== "word") return { name: null, derivations: [] };
  return { name: cursor.next(), derivations: [] };
}

/** `BZ_API(name)(...)`: the macro's argument is the function's name. */
function isNamedByMacro(cursor: Cursor): boolean {
  return isMacroName(cursor.peek()) && cursor.peek(3).text === ")" && cursor.peek(4).text === "(";
}

/**
 * Whether the parenthesis here holds a declarator; it starts a parameter list otherwise. Nothing
 * returns a function or an array, so what is followed by `(` or `[` is a declarator.
 */
function isNested(cursor: Cursor): boolean {
  const first = cursor.peek(1);
  const isName = first.kind === "word" && !startsType(first) && cursor.peek(2).text === ")";
  return (
    isName || ["*", "(", "["].includes(first.text) || ["(", "["].includes(cursor.afterGroup().text)
  );
}

function suffixes(cursor: Cursor, depth: number): Derivation[] {
  const found: Derivation[] = [];
  for (;;) {
    if (cursor.sees("[", "[")) {
      skipSilent(cursor);
    } else if (cursor.sees("[")) {
      cursor.skipGroup();
      found.push({ kind: "array" });
    } else if (cursor.sees("(")) {
      found.push(parameterList(cursor, depth));
    } else if (found.length === 0 && isHiddenList(cursor)) {
      cursor.next();
      cursor.next();
      found.push(parameterList(cursor, depth));
      cursor.expect(")");
    } else return found;
  }
}

/** `OF((...))`: old headers hide the parameters from older compilers. */
function isHiddenList(cursor: Cursor): boolean {
  return isMacroName(cursor.peek()) && cursor.peek(1).text === "(" && cursor.peek(2).text === "(";
}

function parameterList(cursor: Cursor, depth: number): Derivation {
  const parameters: Declaration[] = [];
  let variadic = false;
  cursor.expect("(");
  if (cursor.accept(")")) return { kind: "function", parameters, variadic };
  do {
    if (cursor.accept("...")) {
      variadic = true;
      break;
    }
    parameters.push(declaration(cursor, false, depth + 1));
  } while (cursor.accept(","));
  cursor.expect(")", variadic ? "')' after '...'" : "',' or ')'");
  const [only] = parameters;
  const isVoid = parameters.length === 1 && only && isBareVoid(only) && !variadic;
  return { kind: "function", parameters: isVoid ? [] : parameters, variadic };
}

/** The `void` of a list without parameters. */
function isBareVoid({ specifiers, name, derivations }: Declaration): boolean {
  return specifiers.type.kind === "void" && name === null && derivations.length === 0;
}

/** Reads the qualifiers of a pointer; whether const was among them. */
function qualifiers(cursor: Cursor): boolean {
  let constant = false;
  for (;;) {
    if (constWords.has(cursor.peek().text)) {
      constant = true;
      cursor.next();
    } else if (!skipSilent(cursor) && !skipMacroBefore(cursor, (after) => after.kind === "word")) {
      return constant;
    }
  }
}

function skipMacroBefore(cursor: Cursor, follows: (after: Token) => boolean): boolean {
  if (!isMacroName(cursor.peek()) || !follows(cursor.peek(1))) return false;
  cursor.next();
  return true;
}
