import type { CType } from "../model/index.js";
import type { Attributes } from "./attributes.js";
import { prototypeErrors } from "./errors.js";
import { type Alias, type Names, NO_NAMES } from "./names.js";
import { prototypeSource } from "./source.js";
import { type Token, type Tokens, tokenize } from "./tokens.js";

/** What defines types where they may be defined. Each is called with the cursor at what it reads. */
export interface Definitions {
  /** Whose tag was read, at the `{`; `before`: the attributes between. Leaves the cursor behind the `}`. */
  define(cursor: Cursor, tag: Tag, before: Attributes, depth: number): CType;
  /** A type that is only named so far: `struct point`. */
  incomplete(name: string): CType;
  /** At the `(` of `typeof (…)`, `_Atomic (…)`. Leaves the cursor behind the `)`. */
  typeIn(cursor: Cursor, depth: number): Alias;
  /** The length between `[` and `]`, at what follows the `[`. Leaves the cursor at the `]`. */
  length(cursor: Cursor): number;
  /** At the `[` of `[[…]]`. */
  readAttributes(cursor: Cursor, into: Attributes): void;
  /** At the `(` behind `word`, such as `__attribute__` or `__asm__`. */
  readGroup(cursor: Cursor, word: string, into: Attributes): void;
  /** The type that attributes make of `alias`. */
  attributed(alias: Alias, attributes: Attributes, token: Token): Alias;
}

/** `struct point`; `name` null where it has none. */
export interface Tag {
  readonly keyword: "struct" | "union" | "enum";
  readonly name: string | null;
  readonly token: Token;
}

/** A place among tokens, with the names that are known there. It moves forward, token by token. */
export class Cursor {
  #index = 0;

  /** `definitions`: null where none may be defined, as in one prototype. */
  constructor(
    private readonly tokens: Tokens,
    readonly names: Names,
    readonly definitions: Definitions | null = null,
  ) {}

  /** Of one prototype or type. */
  static of(text: string, names: Names = NO_NAMES): Cursor {
    return new Cursor(tokenize(prototypeSource(text)), names);
  }

  get source() {
    return this.tokens.source;
  }

  get index(): number {
    return this.#index;
  }

  /** The token `ahead` places on; past the end, the end. */
  peek(ahead = 0): Token {
    const { all } = this.tokens;
    return all[this.#index + ahead] ?? all[all.length - 1]!;
  }

  /** Whether the next tokens are spelt `texts`. */
  sees(...texts: readonly string[]): boolean {
    for (let ahead = 0; ahead < texts.length; ahead++) {
      const token = this.peek(ahead);
      if (token.text !== texts[ahead] || token.kind === "end") return false;
    }
    return true;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.#index++;
    return token;
  }

  accept(text: string): boolean {
    if (!this.sees(text)) return false;
    this.#index++;
    return true;
  }

  /** @throws UsageError that names what was expected and what came. */
  expect(text: string, expected = `'${text}'`): void {
    if (!this.accept(text)) throw prototypeErrors.unexpected(this.peek(), expected);
  }

  /** Skips a group in brackets that starts here, with what is nested in it. */
  skipGroup(): void {
    this.#index = this.#closing() + 1;
  }

  /** Goes to where the token of `index` is, which may be behind. */
  goTo(index: number): void {
    this.#index = index;
  }

  /** The token after the group in brackets that starts here; the cursor stays. */
  afterGroup(): Token {
    return this.peek(this.#closing() + 1 - this.#index);
  }

  /** The index of the bracket that closes the group that starts here; -1 where none does. */
  get partner(): number {
    const partner = this.tokens.partners[this.#index] ?? -1;
    return partner > this.#index ? partner : -1;
  }

  /** Whether a bracket stands here that closes another. */
  get closes(): boolean {
    const partner = this.tokens.partners[this.#index] ?? -1;
    return partner >= 0 && partner < this.#index;
  }

  #closing(): number {
    if (this.partner < 0) throw prototypeErrors.openGroup(this.peek());
    return this.partner;
  }

  /** The source from offset `from` to the next token, on one line and without comments. */
  textSince(from: number): string {
    return oneLine(this.source.text.slice(from, this.peek().at));
  }
}

/** C on one line and without comments. */
export function oneLine(text: string): string {
  const bare = /\/[*/]|\\\n/.test(text)
    ? text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|\\\n/g, " ")
    : text;
  return bare.replace(/\s+/g, " ").trim();
}
