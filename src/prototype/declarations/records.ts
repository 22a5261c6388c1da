import type { RecordType } from "../../model/index.js";
import { type Attributes, joined, noAttributes } from "../attributes.js";
import type { Cursor, Tag } from "../cursor.js";
import { type Declaration, parseDeclarator } from "../declaration.js";
import type { Alias } from "../names.js";
import { readAttributes } from "../read-attributes.js";
import { declaredType } from "../resolve.js";
import { parseSpecifiers, type Specifiers, unknownType } from "../specifiers.js";
import type { Token } from "../tokens.js";
import { parseConstant } from "./constant.js";
import { declarationErrors } from "./errors.js";
import { layOut, type Member } from "./record-layout.js";
import { extentOf } from "./sizes.js";

/** In bytes: no object is as large. */
const MOST_BYTES = 2 ** 47;

/**
 * The struct or union whose `{` is here, with the attributes before it; `name` as messages call it. Leaves the cursor behind the
 * `}` and what attributes follow. `packAt`: what `#pragma pack` says at an offset of the text.
 */
export function parseRecord(
  cursor: Cursor,
  { keyword, name, token }: Tag & { readonly name: string },
  before: Attributes,
  packAt: (at: number) => number | null,
  depth: number,
): { readonly type: RecordType; readonly transparent: boolean } {
  const members = parseMembers(cursor, depth);
  const pack = packAt(cursor.peek().at);
  const after = noAttributes();
  readAttributes(cursor, after);
  const { packed, align, transparent } = joined(before, after);
  const union = keyword === "union";
  const layout = layOut(members, { union, packed, align, pack });
  if (layout.size > MOST_BYTES) throw declarationErrors.tooLarge(token);
  const type: RecordType = { kind: "record", union, name, ...layout };
  return { type, transparent };
}

function parseMembers(cursor: Cursor, depth: number): Member[] {
  const members: Member[] = [];
  cursor.expect("{");
  while (!cursor.accept("}")) {
    if (cursor.accept(";")) continue;
    if (cursor.sees("_Static_assert") || cursor.sees("static_assert")) {
      cursor.next();
      cursor.skipGroup();
      continue;
    }
    const { at } = cursor.peek();
    const specifiers = parseSpecifiers(cursor, depth + 1);
    const text = cursor.source.text.slice(at, cursor.peek().at);
    if (cursor.sees(";")) {
      if (specifiers.untagged) members.push(memberOf("", specifiers, specifiers.attributes, null));
      continue;
    }
    do members.push(parseMember(cursor, specifiers, text, depth + 1));
    while (cursor.accept(","));
    if (!cursor.sees("}")) cursor.expect(";", "';' or ','");
  }
  return members;
}

function parseMember(cursor: Cursor, specifiers: Specifiers, text: string, depth: number): Member {
  const token = cursor.peek();
  const declaration = cursor.sees(":") ? null : parseDeclarator(cursor, specifiers, text, depth);
  const width = cursor.accept(":") ? parseWidth(cursor) : null;
  const own = { ...(declaration?.own ?? noAttributes()) };
  if (width !== null) readAttributes(cursor, own);
  const alias = declaration ? typeOf(cursor, declaration) : specifiers;
  const name = declaration?.name?.text ?? null;
  if (name === null && width === null) throw unnamed(cursor, specifiers, token);
  const member = memberOf(
    name,
    { ...specifiers, ...alias },
    joined(specifiers.attributes, own),
    width,
  );
  if (width !== null && (width > member.size * 8 || (width === 0 && name !== null))) {
    throw declarationErrors.bitField(token);
  }
  return member;
}

function parseWidth(cursor: Cursor): number {
  const token = cursor.peek();
  const { value } = parseConstant(cursor);
  if (value < 0n || value > 128n) throw declarationErrors.bitField(token);
  return Number(value);
}

function typeOf(cursor: Cursor, declaration: Declaration): Alias {
  const alias = declaredType(declaration);
  const { definitions } = cursor;
  return definitions?.attributed(alias, declaration.own, declaration.specifiers.token) ?? alias;
}

/** `size_x foo;` with an unknown `size_x`, or nothing that a name could be. */
function unnamed(cursor: Cursor, specifiers: Specifiers, token: Token) {
  return specifiers.type.kind === "opaque" && specifiers.token.text === specifiers.type.name
    ? unknownType(specifiers.token, cursor.names)
    : declarationErrors.incomplete("", token);
}

function memberOf(
  name: string | null,
  { type, align, token, names }: Specifiers,
  attributes: Attributes,
  width: number | null,
): Member {
  const extent = extentOf(type);
  if (!extent) {
    const isUnknown = type.kind === "opaque" && type.name === token.text;
    throw isUnknown ? unknownType(token, names) : declarationErrors.incomplete(name ?? "", token);
  }
  const { size, align: natural } = extent;
  const isInteger = type.kind === "int" || type.kind === "enum" || type.kind === "bool";
  if (width !== null && !isInteger) throw declarationErrors.bitField(token);
  const { align: ownAlign, packed } = attributes;
  return { name, type, size, typeAlign: align ?? natural, ownAlign, packed, width };
}
