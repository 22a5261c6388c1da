import type { CType } from "../../model/index.js";
import type { Attributes } from "../attributes.js";
import type { Cursor, Definitions, Tag } from "../cursor.js";
import { parseTypeName } from "../declaration.js";
import { prototypeErrors } from "../errors.js";
import { opaque } from "../named-types.js";
import type { Alias, Names } from "../names.js";
import { declaredType } from "../resolve.js";
import type { Token } from "../tokens.js";
import { startsType } from "../words.js";
import { readGroup, readList } from "./attribute-lists.js";
import { parseConstant } from "./constant.js";
import { parseEnum } from "./enums.js";
import { declarationErrors } from "./errors.js";
import { typeOfMode, vectorOf } from "./machine-modes.js";
import { parseRecord } from "./records.js";

/** An array of more elements is larger than memory. */
const MOST_ELEMENTS = 2n ** 47n;

/** Until a typedef names it. */
const UNNAMED = "(unnamed)";

/** What a text of declarations defines goes into `names`. */
export class TextDefinitions implements Definitions {
  /** Structs, unions and enums so far. */
  defined = 0;

  constructor(
    private readonly names: Names,
    private readonly packAt: (at: number) => number | null,
    /** Of data or a function: for `typeof (name)`. */
    private readonly typeOfObject: (name: string) => CType | null,
  ) {}

  define(cursor: Cursor, tag: Tag, before: Attributes, depth: number): CType {
    if (cursor.sees("{") && cursor.partner < 0) throw prototypeErrors.openGroup(cursor.peek());
    const type = this.#define(cursor, tag, before, depth);
    this.defined++;
    return type;
  }

  #define(cursor: Cursor, tag: Tag, before: Attributes, depth: number): CType {
    const { keyword, name } = tag;
    const key = `${keyword} ${name ?? UNNAMED}`;
    if (keyword === "enum") {
      const type = parseEnum(cursor, key, before);
      if (name !== null) this.names.tags.set(key, type);
      return type;
    }
    const known = this.names.tags.get(key);
    // Members may point to it. What was complete before stays what it was.
    const made = known?.kind === "opaque" && name !== null ? known : opaque(key);
    if (name !== null) this.names.tags.set(key, made);
    try {
      const { type, transparent } = parseRecord(
        cursor,
        { ...tag, name: key },
        before,
        this.packAt,
        depth,
      );
      if (transparent) this.names.passAsFirst(made, type);
      return Object.assign(made, type);
    } catch (error) {
      if (name !== null && known) this.names.tags.set(key, known);
      throw error;
    }
  }

  incomplete(name: string): CType {
    const type = opaque(name);
    this.names.tags.set(name, type);
    return type;
  }

  typeIn(cursor: Cursor, depth: number): Alias {
    cursor.expect("(");
    const token = cursor.peek();
    const object = startsType(token, this.names) ? null : this.typeOfObject(token.text);
    const alias = object
      ? { type: object, const: false, align: null }
      : declaredType(parseTypeName(cursor, depth + 1));
    if (object) cursor.next();
    cursor.expect(")");
    return alias;
  }

  length(cursor: Cursor): number {
    const token = cursor.peek();
    const { value } = parseConstant(cursor);
    if (value < 0n || value > MOST_ELEMENTS) throw declarationErrors.badLength(token);
    return Number(value);
  }

  readAttributes(cursor: Cursor, into: Attributes): void {
    readList(cursor, into);
  }

  readGroup(cursor: Cursor, word: string, into: Attributes): void {
    readGroup(cursor, word, into);
  }

  attributed(alias: Alias, { mode, vectorBytes }: Attributes, token: Token): Alias {
    let { type } = alias;
    if (mode !== null) type = typeOfMode(mode, type, token);
    if (vectorBytes !== null) type = vectorOf(type, vectorBytes);
    return type === alias.type ? alias : { ...alias, type, align: null };
  }
}
