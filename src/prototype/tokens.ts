import { prototypeErrors } from "./errors.js";
import { scan, type TokenKind } from "./scan.js";
import type { Source } from "./source.js";

/** A token of C. `at` is its offset in the text. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
  readonly source: Source;
}

/** A line that begins with `#`, continued ones joined. */
export interface Directive {
  readonly text: string;
  readonly at: number;
}

/** The tokens of a text, the last one of kind `end`. */
export interface Tokens {
  readonly source: Source;
  readonly all: readonly Token[];
  /** For a bracket: the index of the one that closes or opens it; -1 where there is none. */
  readonly partners: Int32Array;
  readonly directives: readonly Directive[];
}

/** Characters that are no token: of one prototype an error, of a header a token of kind `stray`. */
export type Strays = "refused" | "kept";

/**
 * The tokens of `source`. Where strays are kept, lines that begin with `#` are directives.
 *
 * @throws UsageError for a comment that does not end, and a character that is no token.
 */
export function tokenize(source: Source, strays: Strays = "refused"): Tokens {
  const { text } = source;
  const all: Token[] = [];
  const directives: Directive[] = [];
  for (let at = afterSpace(source, 0); at < text.length; ) {
    if (strays === "kept" && text[at] === "#" && beginsLine(text, at)) {
      const end = lineEnd(text, at);
      directives.push({ text: text.slice(at, end).replace(/\\\r?\n/g, " "), at });
      at = afterSpace(source, end);
      continue;
    }
    const { kind, end } = scan(text, at) ?? { kind: "stray", end: at + 1 };
    if (kind === "stray" && strays === "refused") throw prototypeErrors.strayCharacter(source, at);
    all.push({ kind, text: text.slice(at, end), at, source });
    at = afterSpace(source, end);
  }
  all.push({ kind: "end", text: "", at: text.length, source });
  return { source, all, partners: partnersOf(all), directives };
}

/** Past white space, line continuations and comments. A loop: a long run overflows a regular expression's stack. */
function afterSpace(source: Source, from: number): number {
  const { text } = source;
  for (let at = from; ; ) {
    const code = text.charCodeAt(at);
    if (code === 0x20 || (code >= 9 && code <= 13)) at++;
    else if (code === 0x2f && text[at + 1] === "*") {
      const end = text.indexOf("*/", at + 2);
      if (end < 0) throw prototypeErrors.openComment(source, at);
      at = end + 2;
    } else if (code === 0x2f && text[at + 1] === "/") {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else if (code === 0x5c && /^\\\r?\n/.test(text.slice(at, at + 3))) {
      at += text[at + 1] === "\r" ? 3 : 2;
    } else if (code > 0x7f && /\s/.test(text[at]!)) at++;
    else return at;
  }
}

/** Of a line that goes on behind each `\\` at its end. */
function lineEnd(text: string, from: number): number {
  for (let at = from; ; ) {
    const end = text.indexOf("\n", at);
    if (end < 0) return text.length;
    const last = text[end - 1] === "\r" ? end - 2 : end - 1;
    if (text[last] !== "\\") return end;
    at = end + 1;
  }
}

function beginsLine(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === " " || text[before] === "\t") before--;
  return before < 0 || text[before] === "\n";
}

const CLOSERS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** A brace also closes what was left open within it. */
function partnersOf(all: readonly Token[]): Int32Array {
  const partners = new Int32Array(all.length).fill(-1);
  const open: number[] = [];
  for (const [index, { kind, text }] of all.entries()) {
    if (kind !== "punctuator") continue;
    if (text === "(" || text === "[" || text === "{") open.push(index);
    const opener = CLOSERS[text];
    if (!opener) continue;
    if (text === "}") while (open.length > 0 && all[open.at(-1)!]!.text !== "{") open.pop();
    const last = open.at(-1);
    if (last === undefined || all[last]!.text !== opener) continue;
    open.pop();
    partners[last] = index;
    partners[index] = last;
  }
  return partners;
}
