import { type Attributes, noAttributes } from "./attributes.js";
import type { Cursor } from "./cursor.js";
import { groupWords, isMacroName, silentWords } from "./words.js";

/** Reads qualifiers other than const, storage classes and attributes; whether there were any. */
export function readAttributes(cursor: Cursor, into: Attributes = noAttributes()): boolean {
  const from = cursor.index;
  for (;;) {
    const token = cursor.peek();
    if (cursor.sees("[", "[")) {
      cursor.definitions?.readAttributes(cursor, into);
      cursor.skipGroup();
    } else if (token.kind === "string") {
      cursor.next(); // extern "C"
    } else if (token.kind !== "word") break;
    else if (groupWords.has(token.text) && cursor.peek(1).text === "(") {
      cursor.next();
      cursor.definitions?.readGroup(cursor, token.text, into);
      cursor.skipGroup();
    } else if (silentWords.has(token.text)) {
      if (token.text === "_Atomic" && cursor.peek(1).text === "(") break;
      if (token.text === "static") into.local = true;
      cursor.next();
    } else break;
  }
  return cursor.index !== from;
}

/** Reads what may follow a declarator: attributes, `asm` names, and macros for either. */
export function readTrailing(cursor: Cursor, into: Attributes): void {
  for (;;) {
    if (readAttributes(cursor, into)) continue;
    const token = cursor.peek();
    if (!isMacroName(token, cursor.names) && !token.text.startsWith("__")) return;
    cursor.next();
    if (cursor.sees("(")) cursor.skipGroup();
  }
}
