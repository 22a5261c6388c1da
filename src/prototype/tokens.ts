import { prototypeErrors } from "./errors.js";

/** A token of C. `at` is its offset in the prototype's text. */
export interface Token {
  readonly kind: "word" | "number" | "string" | "punctuator" | "end";
  readonly text: string;
  readonly at: number;
}

/** White space, line continuations and comments. */
const SKIPPED = /(?:\s|\\\r?\n|\/\*[\s\S]*?\*\/|\/\/[^\n]*)+/y;

/** Whatever a declaration may hold; a string and a number only inside an attribute or `[]`. */
const TOKEN =
  /(?<word>[A-Za-z_$][\w$]*)|(?<number>\.?\d[\w.]*)|(?<string>"(?:\\.|[^"\\])*")|(?<punctuator>\.\.\.|[*()[\],;=:.?+\-<>&|^~!/%{}])/y;

/** The tokens of `text`, the last one of kind `end`. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; ; ) {
    SKIPPED.lastIndex = at;
    if (SKIPPED.test(text)) at = SKIPPED.lastIndex;
    if (at >= text.length) return [...tokens, { kind: "end", text: "", at: text.length }];
    if (text.startsWith("/*", at)) throw prototypeErrors.openComment(at);
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw prototypeErrors.strayCharacter(text, at);
    const [kind] = Object.entries(match.groups!).find(([, value]) => value !== undefined)!;
    tokens.push({ kind: kind as Token["kind"], text: match[0], at });
    at = TOKEN.lastIndex;
  }
}
