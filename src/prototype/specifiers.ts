import type { CType } from "../model/index.js";
import { arithmeticType } from "./arithmetic-types.js";
import { type Attributes, noAttributes } from "./attributes.js";
import type { Cursor, Tag } from "./cursor.js";
import { prototypeErrors } from "./errors.js";
import { I32, opaque } from "./named-types.js";
import type { Alias, Names } from "./names.js";
import { readAttributes } from "./read-attributes.js";
import type { Token } from "./tokens.js";
import {
  arithmeticWords,
  constWords,
  isMacroName,
  nearestType,
  startsType,
  tagWords,
  typeofWords,
} from "./words.js";

/** What stands before a declarator: `const unsigned char` of `const unsigned char *p`. */
export interface Specifiers extends Alias {
  /** The token that names the type. */
  readonly token: Token;
  readonly attributes: Attributes;
  /** The word `typedef`, where it is one. */
  readonly typedef: Token | null;
  /** A struct or union without a tag is defined here. */
  readonly untagged: boolean;
  /** For suggestions. */
  readonly names: Names;
}

interface Named extends Alias {
  readonly token: Token;
  readonly untagged?: boolean;
}

/** Reads specifiers in any order. A name nobody knows becomes an opaque type. */
export function parseSpecifiers(cursor: Cursor, depth = 0): Specifiers {
  const words: Token[] = [];
  let named: Named | null = null;
  let constant = false;
  let typedef: Token | null = null;
  const attributes = noAttributes();
  for (;;) {
    if (readAttributes(cursor, attributes)) continue;
    const token = cursor.peek();
    const hasType = named !== null || words.length > 0;
    if (token.kind !== "word") break;
    if (token.text === "typedef") {
      typedef = cursor.next();
    } else if (constWords.has(token.text)) {
      constant = true;
      cursor.next();
    } else if (arithmeticWords.has(token.text) || isComplexMacro(cursor, words)) {
      if (named) throw unknownType(named.token, cursor.names);
      words.push(cursor.next());
    } else if (tagWords.has(token.text)) {
      if (hasType) throw prototypeErrors.unexpected(token, "a name");
      named = parseTagged(cursor, depth);
    } else if (cursor.definitions && takesType(token, cursor)) {
      cursor.next();
      named = { ...cursor.definitions.typeIn(cursor, depth), token };
    } else if (isAnnotation(cursor, hasType)) {
      cursor.next();
    } else if (hasType) {
      break; // the declarator's name, which may be spelt like a known type
    } else {
      const alias = cursor.names.alias(token.text);
      const type = alias?.type ?? opaque(token.text);
      cursor.next();
      named = { type, const: alias?.const ?? false, align: alias?.align ?? null, token };
    }
  }
  const found = named ?? spelt(cursor, words);
  const { token, untagged = false } = found;
  // Field by field: a spread takes a third of the time of a text.
  const { type, align } = cursor.definitions?.attributed(found, attributes, token) ?? found;
  const isConst = constant || found.const;
  return { type, const: isConst, align, token, attributes, typedef, untagged, names: cursor.names };
}

const plain = (type: CType, token: Token): Named => ({ type, const: false, align: null, token });

/** `typeof (…)`, `_Atomic (…)`. */
function takesType({ text }: Token, cursor: Cursor): boolean {
  return (typeofWords.has(text) || text === "_Atomic") && cursor.peek(1).text === "(";
}

function spelt(cursor: Cursor, words: readonly Token[]): Named {
  const first = words[0];
  if (!first) throw prototypeErrors.missingType(cursor.peek());
  const type = arithmeticType(words.map((word) => word.text));
  if (!type) throw prototypeErrors.noSuchType(first, words);
  return plain(type, first);
}

export function unknownType(token: Token, names: Names) {
  return prototypeErrors.unknownType(token, nearestType(token.text, names));
}

/** `struct NAME`, `union NAME`, or `enum NAME`, which is an int where its values are not known. */
function parseTagged(cursor: Cursor, depth: number): Named {
  const token = cursor.next();
  const keyword = token.text as Tag["keyword"];
  const before = noAttributes();
  readAttributes(cursor, before);
  const isNamed = cursor.peek().kind === "word";
  const { definitions } = cursor;
  if (!isNamed && !(definitions && (cursor.sees("{") || cursor.sees(":")))) {
    throw prototypeErrors.unexpected(cursor.peek(), `the name of the ${keyword}`);
  }
  const name = isNamed ? cursor.next().text : null;
  // `enum e : short {`; in a struct, `enum e : 3` is a bit-field.
  const isTyped =
    keyword === "enum" && cursor.sees(":") && startsType(cursor.peek(1), cursor.names);
  const isDefinition = cursor.sees("{") || isTyped;
  if (isDefinition) {
    if (!definitions) throw prototypeErrors.definition(cursor.peek(), keyword);
    const type = definitions.define(cursor, { keyword, name, token }, before, depth);
    return { ...plain(type, token), untagged: name === null };
  }
  const tag = `${keyword} ${name}`;
  const known = cursor.names.tags.get(tag);
  if (known) return plain(known, token);
  if (keyword === "enum") return plain(I32, token);
  return plain(definitions?.incomplete(tag) ?? opaque(tag), token);
}

/**
 * Whether a macro of a header stands here, such as `ZEXTERN` or `ZEXPORT`: in capitals, and what
 * follows says that it is neither the type nor the name.
 */
function isAnnotation(cursor: Cursor, hasType: boolean): boolean {
  if (!isMacroName(cursor.peek(), cursor.names)) return false;
  let ahead = 1;
  while (constWords.has(cursor.peek(ahead).text)) ahead++;
  const after = cursor.peek(ahead);
  if (hasType) return after.kind === "word" || after.text === "*";
  if (after.kind !== "word") return false;
  return (
    startsType(after, cursor.names) ||
    cursor.peek(ahead + 1).kind === "word" ||
    cursor.peek(ahead + 1).text === "*"
  );
}

/** `complex` of <complex.h>: a macro, so it is a fair parameter name too. */
function isComplexMacro(cursor: Cursor, words: readonly Token[]): boolean {
  if (!cursor.sees("complex")) return false;
  const after = cursor.peek(1);
  return (
    words.some(({ text }) => text === "double" || text === "float") &&
    (after.kind === "word" || after.text === "*")
  );
}
