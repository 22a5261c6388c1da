import { prototypeErrors } from "./errors.js";
import type { Token } from "./tokens.js";
import { tokenize } from "./tokens.js";

/** A place among the tokens of a prototype. It moves forward, token by token. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(readonly source: string) {
    this.#tokens = tokenize(source);
  }

  /** The token `ahead` places on; past the end, the end. */
  peek(ahead = 0): Token {
    return this.#tokens[this.#index + ahead] ?? this.#tokens.at(-1)!;
  }

  /** Whether the next tokens are spelt `texts`. */
  sees(...texts: readonly string[]): boolean {
    return texts.every((text, ahead) => {
      const token = this.peek(ahead);
      return token.text === text && token.kind !== "end";
    });
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
    const open = this.peek();
    for (let depth = 0; ; ) {
      const token = this.next();
      if (token.kind === "end") throw prototypeErrors.openGroup(open);
      if (token.text === "(" || token.text === "[") depth++;
      if (token.text === ")" || token.text === "]") depth--;
      if (depth === 0) return;
    }
  }

  /** The token after the group in brackets that starts here; the cursor stays. */
  afterGroup(): Token {
    const start = this.#index;
    this.skipGroup();
    const after = this.peek();
    this.#index = start;
    return after;
  }

  /** The source from offset `from` to the next token, on one line and without comments. */
  textSince(from: number): string {
    const to = this.peek().at;
    const text = this.source.slice(from, to).replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|\\\n/g, " ");
    return text.replace(/\s+/g, " ").trim();
  }
}
