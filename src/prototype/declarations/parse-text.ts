import { UsageError } from "../../model/index.js";
import type { Attributes } from "../attributes.js";
import { joined } from "../attributes.js";
import type { Cursor } from "../cursor.js";
import { type Declaration, parseDeclarator } from "../declaration.js";
import { prototypeErrors } from "../errors.js";
import { readAttributes } from "../read-attributes.js";
import { parseSpecifiers } from "../specifiers.js";
import type { Token } from "../tokens.js";
import { declarationErrors } from "./errors.js";

/** What takes the declarations of a text, one by one. */
export interface Declarer {
  /** `attributes`: its own and its specifiers'. @throws UsageError where it cannot be. */
  declared(declaration: Declaration, attributes: Attributes, hasBody: boolean): void;
  /** `tokens`: the whole of a declaration that is not understood. */
  skipped(tokens: readonly Token[], error: UsageError): void;
}

/** A text with more of them is no C: each takes some 20 µs. */
const MOST_SKIPPED = 10_000;

/** Reads all declarations. What is not understood ends where the next may begin. */
export function parseText(cursor: Cursor, to: Declarer): void {
  for (let skipped = 0; cursor.peek().kind !== "end"; ) {
    const start = cursor.index;
    try {
      parseExternal(cursor, to);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      cursor.goTo(start);
      if (++skipped > MOST_SKIPPED) throw declarationErrors.notC(MOST_SKIPPED, cursor.peek());
      to.skipped(skipDeclaration(cursor), error);
    }
  }
}

function parseExternal(cursor: Cursor, to: Declarer): void {
  if (cursor.accept(";") || skipStatement(cursor)) return;
  if (cursor.sees("extern") && cursor.peek(1).kind === "string" && cursor.peek(2).text === "{") {
    cursor.goTo(cursor.index + 3); // extern "C" {
    return;
  }
  if (cursor.sees("}") && cursor.closes) return void cursor.next();
  const { at } = cursor.peek();
  const specifiers = parseSpecifiers(cursor);
  if (cursor.accept(";")) return;
  const before = cursor.source.text.slice(at, cursor.peek().at);
  for (let isFirst = true; ; isFirst = false) {
    const declaration = parseDeclarator(cursor, specifiers, isFirst ? before : `${before} `, 0);
    const isFunction = declaration.derivations[0]?.kind === "function";
    const hasBody = isFunction && isFirst && cursor.sees("{");
    if (hasBody) cursor.skipGroup();
    else if (cursor.accept("=")) skipInitializer(cursor);
    // The last ';' of a text may be missing.
    const ends = hasBody || cursor.peek().kind === "end";
    if (!ends && !cursor.sees(",") && !cursor.sees(";")) {
      throw prototypeErrors.unexpected(cursor.peek(), "';' or ','");
    }
    to.declared(declaration, joined(specifiers.attributes, declaration.own), hasBody);
    if (ends || cursor.accept(";")) return;
    cursor.expect(",");
  }
}

/** `_Static_assert (…);` and `__asm__ (…);` declare nothing. */
function skipStatement(cursor: Cursor): boolean {
  if (!/^(_Static_assert|static_assert|asm|__asm__|__asm)$/.test(cursor.peek().text)) return false;
  cursor.next();
  readAttributes(cursor);
  if (cursor.sees("(")) cursor.skipGroup();
  return true;
}

/** No further than `skipDeclaration` goes: what is read twice is read so once. */
function skipInitializer(cursor: Cursor): void {
  while (![",", ";", "{", "}"].includes(cursor.peek().text) || cursor.partner >= 0) {
    if (cursor.peek().kind === "end") return;
    if (cursor.partner >= 0) cursor.skipGroup();
    else cursor.next();
  }
}

/** Up to its `;`, or the end of its body. */
function skipDeclaration(cursor: Cursor): Token[] {
  const tokens: Token[] = [];
  for (;;) {
    const token = cursor.peek();
    if (token.kind === "end") return tokens;
    tokens.push(token);
    const before = tokens.at(-2)?.text;
    const isBody = token.text === "{" && (before === undefined || before === ")");
    if (isOpening(token.text) && cursor.partner >= 0) cursor.skipGroup();
    else cursor.next();
    if (isOpening(token.text) && token.text !== "{") tokens.push({ ...token, text: ")" });
    if (token.text !== ";" && token.text !== "}" && !isBody) continue;
    while (isNoStart(cursor)) cursor.next();
    return tokens;
  }
}

/** Whether nothing begins here: what is left of what was skipped. */
function isNoStart(cursor: Cursor): boolean {
  const { kind, text } = cursor.peek();
  if (kind === "word" || kind === "end" || cursor.closes) return false;
  return text !== ";" && text !== "[" && kind !== "string";
}

function isOpening(text: string): boolean {
  return text === "(" || text === "[" || text === "{";
}
