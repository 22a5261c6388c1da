import type { CType } from "../model/index.js";
import { arithmeticType } from "./arithmetic-types.js";
import type { Cursor } from "./cursor.js";
import { prototypeErrors } from "./errors.js";
import { I32, namedType, opaque } from "./named-types.js";
import type { Token } from "./tokens.js";
import {
  arithmeticWords,
  constWords,
  isMacroName,
  nearestType,
  skipSilent,
  startsType,
  tagWords,
} from "./words.js";

/** What stands before a declarator: `const unsigned char` of `const unsigned char *p`. */
export interface Specifiers {
  readonly type: CType;
  readonly const: boolean;
  /** The token that names the type. */
  readonly token: Token;
}

/** Reads specifiers in any order. A name nobody knows becomes an opaque type. */
export function parseSpecifiers(cursor: Cursor): Specifiers {
  const words: Token[] = [];
  let named: { type: CType; token: Token } | null = null;
  let constant = false;
  for (;;) {
    if (skipSilent(cursor)) continue;
    const token = cursor.peek();
    const hasType = named !== null || words.length > 0;
    if (token.kind !== "word") break;
    if (token.text === "typedef") throw prototypeErrors.typedef(token);
    if (constWords.has(token.text)) {
      constant = true;
      cursor.next();
    } else if (arithmeticWords.has(token.text) || isComplexMacro(cursor, words)) {
      if (named) throw prototypeErrors.unknownType(named.token, nearestType(named.token.text));
      words.push(cursor.next());
    } else if (tagWords.has(token.text)) {
      if (hasType) throw prototypeErrors.unexpected(token, "a name");
      named = { type: parseTagged(cursor), token };
    } else if (isAnnotation(cursor, hasType)) {
      cursor.next();
    } else if (hasType) {
      break; // the declarator's name, which may be spelt like a known type
    } else {
      named = { type: namedType(token.text) ?? opaque(token.text), token: cursor.next() };
    }
  }
  if (named) return { ...named, const: constant };
  const first = words[0];
  if (!first) throw prototypeErrors.missingType(cursor.peek());
  const type = arithmeticType(words.map((word) => word.text));
  if (!type) throw prototypeErrors.noSuchType(first, words);
  return { type, const: constant, token: first };
}

/** `struct NAME`, `union NAME`, or `enum NAME`, which is an int. */
function parseTagged(cursor: Cursor): CType {
  const tag = cursor.next();
  skipSilent(cursor);
  const name = cursor.peek();
  if (name.kind !== "word") throw prototypeErrors.unexpected(name, `the name of the ${tag.text}`);
  cursor.next();
  if (cursor.sees("{")) throw prototypeErrors.definition(cursor.peek(), tag.text);
  return tag.text === "enum" ? I32 : opaque(`${tag.text} ${name.text}`);
}

/**
 * Whether a macro of a header stands here, such as `ZEXTERN` or `ZEXPORT`: in capitals, and what
 * follows says that it is neither the type nor the name.
 */
function isAnnotation(cursor: Cursor, hasType: boolean): boolean {
  if (!isMacroName(cursor.peek())) return false;
  let ahead = 1;
  while (constWords.has(cursor.peek(ahead).text)) ahead++;
  const after = cursor.peek(ahead);
  if (hasType) return after.kind === "word" || after.text === "*";
  if (after.kind !== "word") return false;
  return (
    startsType(after) ||
    cursor.peek(ahead + 1).kind === "word" ||
    cursor.peek(ahead + 1).text === "*"
  );
}

/** `complex` of <complex.h>: a macro, so it is a fair parameter name too. */
function isComplexMacro(cursor: Cursor, words: readonly Token[]): boolean {
  const after = cursor.peek(1);
  return (
    cursor.sees("complex") &&
    words.some(({ text }) => text === "double" || text === "float") &&
    (after.kind === "word" || after.text === "*")
  );
}
