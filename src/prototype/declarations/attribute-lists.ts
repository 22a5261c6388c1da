import type { Attributes } from "../attributes.js";
import type { Cursor } from "../cursor.js";
import { parseTypeName } from "../declaration.js";
import { declaredType } from "../resolve.js";
import { startsType } from "../words.js";
import { parseConstant } from "./constant.js";
import { declarationErrors } from "./errors.js";
import { extentOf } from "./sizes.js";

/** GCC's for `aligned` without a number: `BIGGEST_ALIGNMENT` of x86-64, in bytes. */
const BIGGEST_ALIGNMENT = 16;

/** Reads the group behind `word`; leaves the cursor at its `(`. */
export function readGroup(cursor: Cursor, word: string, into: Attributes): void {
  const start = cursor.index;
  if (/asm/.test(word)) into.symbol = symbolIn(cursor);
  else if (/alignas/i.test(word)) into.align = Math.max(into.align ?? 0, alignment(cursor));
  else if (word.startsWith("__attribute")) readList(cursor, into);
  cursor.goTo(start);
}

/** Reads `((a, b (1)))` or `[[a, gnu::b (1)]]`; leaves the cursor at its first bracket. */
export function readList(cursor: Cursor, into: Attributes): void {
  const start = cursor.index;
  const end = cursor.partner;
  if (end < 0) return;
  cursor.goTo(start + 2);
  while (cursor.index < end) {
    const token = cursor.next();
    const name = token.text.replace(/^__(.*)__$/, "$1");
    const hasValue = cursor.sees("(");
    if (token.kind === "word") readAttribute(cursor, name, hasValue, into);
    if (cursor.sees("(")) cursor.skipGroup();
  }
  cursor.goTo(start);
}

/** Leaves the cursor at the `(` of its value. */
function readAttribute(cursor: Cursor, name: string, hasValue: boolean, into: Attributes): void {
  const start = cursor.index;
  switch (name) {
    case "packed":
      into.packed = true;
      break;
    case "aligned":
      into.align = Math.max(into.align ?? 0, hasValue ? alignment(cursor) : BIGGEST_ALIGNMENT);
      break;
    case "mode":
      if (hasValue) into.mode = cursor.peek(1).text.replace(/^__(.*)__$/, "$1");
      break;
    case "vector_size":
      if (hasValue) into.vectorBytes = alignment(cursor);
      break;
    case "transparent_union":
      into.transparent = true;
  }
  cursor.goTo(start);
}

/** A power of two, or a type that has one. */
function alignment(cursor: Cursor): number {
  cursor.expect("(");
  const token = cursor.peek();
  if (startsType(token, cursor.names)) {
    const { type, align } = declaredType(parseTypeName(cursor));
    const natural = extentOf(type)?.align;
    if (natural === undefined) throw declarationErrors.notConstant(token);
    return align ?? natural;
  }
  const bytes = Number(parseConstant(cursor).value);
  if (bytes !== 0 && !(bytes > 0 && bytes <= 2 ** 28 && Number.isInteger(Math.log2(bytes)))) {
    throw declarationErrors.notConstant(token);
  }
  return bytes;
}

/** `("" "name")`: strings that stand side by side are one. */
function symbolIn(cursor: Cursor): string | null {
  cursor.expect("(");
  let symbol = "";
  while (cursor.peek().kind === "string") symbol += cursor.next().text.slice(1, -1);
  return symbol || null;
}
