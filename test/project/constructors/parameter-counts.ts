import { type Token, tokensOf } from "../imports/tokens.js";

export interface Constructor {
  readonly line: number;
  readonly parameters: number;
}

/** The constructors that a TypeScript module declares, in order. */
export function constructorsOf(source: string): readonly Constructor[] {
  const tokens = tokensOf(source);
  return tokens.flatMap((token, i) => {
    const declares =
      token.kind === "word" &&
      token.text === "constructor" &&
      isMark(tokens[i + 1], "(") &&
      !isMark(tokens[i - 1], ".");
    return declares ? [{ line: token.line, parameters: countFrom(tokens, i + 2) }] : [];
  });
}

/** How many parameters stand between `tokens[start]` and the bracket that ends them. */
function countFrom(tokens: readonly Token[], start: number): number {
  let depth = 0;
  let count = 0;
  let isBegun = false;
  for (let at = start; at < tokens.length; at++) {
    const { kind, text } = tokens[at]!;
    const mark = kind === "punctuation" ? text : "";
    if (depth === 0 && mark === ")") return isBegun ? count + 1 : count;
    if (depth === 0 && mark === ",") {
      count++;
      isBegun = false;
      continue;
    }
    isBegun = true;
    if (mark !== "" && "([{<".includes(mark)) depth++;
    // The `>` of an arrow ends no type argument.
    const isArrow = mark === ">" && isMark(tokens[at - 1], "=");
    if (mark !== "" && ")]}>".includes(mark) && !isArrow) depth--;
  }
  throw new Error(`line ${tokens[start]?.line}: parameters without an end`);
}

function isMark(token: Token | undefined, text: string): boolean {
  return token?.kind === "punctuation" && token.text === text;
}
