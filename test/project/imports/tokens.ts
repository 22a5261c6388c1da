/** A piece of TypeScript that is no white space and no comment. */
export interface Token {
  /** A string's content; a word, a number or one character of punctuation as it stands. */
  readonly text: string;
  readonly kind: "word" | "string" | "template" | "regex" | "punctuation";
  readonly line: number;
}

const BLANK = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STRING = /"((?:[^"\\\n]|\\[\s\S])*)"|'((?:[^'\\\n]|\\[\s\S])*)'/y;
const WORD = /[\p{ID_Start}$_#\d][\p{ID_Continue}$\u200c\u200d]*/uy;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\p{ID_Continue}*/uy;
/** A template's text, up to its end or its next `${`. */
const TEMPLATE_TEXT = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;

/** Words after which a `/` begins a regular expression; after any other it divides. */
const BEFORE_REGEX = /^(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield)$/;

/** The tokens of a source file. Throws where it cannot be one. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  /** For each `{` that is open: whether it is a `${`. */
  const braces: boolean[] = [];
  let at = 0;

  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found) at += found[0].length;
    return found;
  };
  let counted = 0;
  let line = 1;
  const push = (kind: Token["kind"], text: string, start: number) => {
    for (; counted < start; counted++) if (source[counted] === "\n") line++;
    tokens.push({ kind, text, line });
  };
  const templateText = (start: number) => {
    const text = match(TEMPLATE_TEXT)![0];
    push("template", text, start);
    if (source[at] === "`") at += 1;
    else if (source.startsWith("${", at)) {
      at += 2;
      braces.push(true);
    } else throw new Error(`line ${line}: a template without an end`);
  };

  while (at < source.length) {
    if (match(BLANK)) continue;
    const start = at;
    const string = match(STRING);
    if (string) {
      push("string", string[1] ?? string[2]!, start);
      continue;
    }
    const word = match(WORD);
    if (word) {
      push("word", word[0], start);
      continue;
    }
    if (source[at] === "/" && beginsRegex(tokens.at(-1)) && match(REGEX)) {
      push("regex", "", start);
      continue;
    }
    const character = source[at++]!;
    if (character === "`") {
      templateText(start);
      continue;
    }
    if (character === '"' || character === "'")
      throw new Error(`line ${line}: a string without an end`);
    push("punctuation", character, start);
    if (character === "{") braces.push(false);
    if (character === "}" && braces.pop()) templateText(at);
  }
  return tokens;
}

function beginsRegex(before: Token | undefined): boolean {
  if (!before) return true;
  if (before.kind === "word") return BEFORE_REGEX.test(before.text);
  return before.kind === "punctuation" && !/^[)\]}]$/.test(before.text);
}
