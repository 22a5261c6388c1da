import { type Attributes, noAttributes } from "./attributes.js";
import { type Cursor, oneLine } from "./cursor.js";
import { prototypeErrors } from "./errors.js";
import { readAttributes, readTrailing } from "./read-attributes.js";
import { parseSpecifiers, type Specifiers } from "./specifiers.js";
import type { Token } from "./tokens.js";
import { constWords, isMacroName, startsType } from "./words.js";

/** One step from a name to its type: `a` of `int *a[3]` is an array of pointers to int. */
export type Derivation =
  | { readonly kind: "pointer"; readonly const: boolean }
  /** `length` null: none, or one that is not known. */
  | { readonly kind: "array"; readonly length: number | null }
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
  /** Of its own, without the specifiers'. */
  readonly own: Attributes;
  /** As it was written, on one line. */
  readonly text: string;
}

/** Deeper nesting than any header has; the parser recurses. */
const MOST_NESTING = 50;

/** What may stand in a declarator. */
interface Kind {
  /** A name has to come. */
  readonly named: boolean;
  /** Of a parameter, whose lengths say nothing about what is passed and need no constants. */
  readonly parameter: boolean;
  readonly depth: number;
}

/** A declaration with a name: the prototype itself. */
export function parseDeclaration(cursor: Cursor): Declaration {
  return declaration(cursor, { named: true, parameter: false, depth: 0 });
}

/** A declaration without a name: a type. */
export function parseTypeName(cursor: Cursor, depth = 0): Declaration {
  return declaration(cursor, { named: false, parameter: false, depth });
}

/** One declarator behind `specifiers`, whose text is `before`. */
export function parseDeclarator(
  cursor: Cursor,
  specifiers: Specifiers,
  before: string,
  depth: number,
): Declaration {
  return declared(cursor, specifiers, before, { named: true, parameter: false, depth });
}

function declaration(cursor: Cursor, kind: Kind): Declaration {
  const { at } = cursor.peek();
  checkDepth(cursor, kind.depth);
  const specifiers = parseSpecifiers(cursor, kind.depth);
  return declared(cursor, specifiers, cursor.source.text.slice(at, cursor.peek().at), kind);
}

function declared(cursor: Cursor, specifiers: Specifiers, before: string, kind: Kind): Declaration {
  const { at } = cursor.peek();
  const own = noAttributes();
  const { name, derivations } = declarator(cursor, kind, own);
  const written = cursor.source.text.slice(at, cursor.peek().at);
  readTrailing(cursor, own);
  return {
    ...{ specifiers, name, derivations, own },
    get text() {
      return oneLine(`${before}${written}`).replace(
        /^((typedef|extern|static|__extension__) )+/,
        "",
      );
    },
  };
}

function checkDepth(cursor: Cursor, depth: number): void {
  if (depth > MOST_NESTING) throw prototypeErrors.tooDeep(cursor.peek());
}

function declarator(cursor: Cursor, kind: Kind, own: Attributes): Declarator {
  checkDepth(cursor, kind.depth);
  const pointers: Derivation[] = [];
  readAttributes(cursor, own);
  while (cursor.accept("*")) pointers.unshift({ kind: "pointer", const: qualifiers(cursor, own) });
  if (cursor.sees("&")) throw prototypeErrors.reference(cursor.peek());
  const { name, derivations } = directDeclarator(cursor, kind, own);
  return { name, derivations: [...derivations, ...suffixes(cursor, kind), ...pointers] };
}

/** A name, a declarator in parentheses, or nothing. */
function directDeclarator(cursor: Cursor, kind: Kind, own: Attributes): Declarator {
  if (kind.named && cursor.peek(1).text === "(" && isNamedByMacro(cursor)) cursor.next();
  if (cursor.sees("(") && isNested(cursor)) {
    cursor.next();
    readAttributes(cursor, own);
    skipMacroBefore(cursor, (after) => after.text === "*" || after.kind === "word");
    const inner = declarator(cursor, { ...kind, depth: kind.depth + 1 }, own);
    cursor.expect(")");
    return inner;
  }
  const token = cursor.peek();
  if (token.kind !== "word") return { name: null, derivations: [] };
  return { name: cursor.next(), derivations: [] };
}

/** `BZ_API(name)(...)`: the macro's argument is the function's name. */
function isNamedByMacro(cursor: Cursor): boolean {
  return (
    isMacroName(cursor.peek(), cursor.names) &&
    cursor.peek(3).text === ")" &&
    cursor.peek(4).text === "("
  );
}

/**
 * Whether the parenthesis here holds a declarator; it starts a parameter list otherwise. Nothing
 * returns a function or an array, so what is followed by `(` or `[` is a declarator.
 */
function isNested(cursor: Cursor): boolean {
  const first = cursor.peek(1);
  const isType = startsType(first, cursor.names);
  const isName = first.kind === "word" && !isType && cursor.peek(2).text === ")";
  return (
    isName || ["*", "(", "["].includes(first.text) || ["(", "["].includes(cursor.afterGroup().text)
  );
}

function suffixes(cursor: Cursor, kind: Kind): Derivation[] {
  const found: Derivation[] = [];
  for (;;) {
    if (cursor.sees("[", "[")) {
      readAttributes(cursor);
    } else if (cursor.sees("[")) {
      found.push({ kind: "array", length: length(cursor, kind) });
    } else if (cursor.sees("(")) {
      found.push(parameterList(cursor, kind.depth));
    } else if (found.length === 0 && isHiddenList(cursor)) {
      cursor.next();
      cursor.next();
      found.push(parameterList(cursor, kind.depth));
      cursor.expect(")");
    } else return found;
  }
}

/** Of an array, at its `[`. */
function length(cursor: Cursor, { parameter }: Kind): number | null {
  const { definitions } = cursor;
  if (parameter || !definitions || cursor.peek(1).text === "]") {
    const literal = cursor.peek(2).text === "]" ? /^\d{1,9}$/.exec(cursor.peek(1).text) : null;
    cursor.skipGroup();
    return literal && Number(literal[0]);
  }
  cursor.next();
  const known = definitions.length(cursor);
  cursor.expect("]");
  return known;
}

/** `OF((...))`: old headers hide the parameters from older compilers. */
function isHiddenList(cursor: Cursor): boolean {
  return (
    cursor.peek(1).text === "(" &&
    cursor.peek(2).text === "(" &&
    isMacroName(cursor.peek(), cursor.names)
  );
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
    parameters.push(declaration(cursor, { named: false, parameter: true, depth: depth + 1 }));
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
function qualifiers(cursor: Cursor, own: Attributes): boolean {
  let constant = false;
  for (;;) {
    if (constWords.has(cursor.peek().text)) {
      constant = true;
      cursor.next();
    } else if (
      !readAttributes(cursor, own) &&
      !skipMacroBefore(cursor, (after) => after.kind === "word")
    ) {
      return constant;
    }
  }
}

function skipMacroBefore(cursor: Cursor, follows: (after: Token) => boolean): boolean {
  if (!isMacroName(cursor.peek(), cursor.names) || !follows(cursor.peek(1))) return false;
  cursor.next();
  return true;
}
