import { type Token, tokensOf } from "./tokens.js";

export interface Import {
  readonly specifier: string;
  /** `type`: a whole statement that leaves nothing in the JavaScript. `dynamic`: `import("x")`. */
  readonly kind: "value" | "type" | "dynamic";
  readonly line: number;
}

/** Everything that a TypeScript module imports, or exports from elsewhere, in order. */
export function importsOf(source: string): readonly Import[] {
  const tokens = tokensOf(source);
  const imports: Import[] = [];
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.kind === "punctuation") {
      if ("{([".includes(token.text)) depth++;
      if ("})]".includes(token.text)) depth--;
    }
    if (token.kind !== "word" || isText(tokens[i - 1], ".")) continue;
    const found =
      (token.text === "import" || token.text === "require") && isText(tokens[i + 1], "(")
        ? dynamicImport(tokens, i)
        : depth === 0 && (token.text === "import" || token.text === "export")
          ? statement(tokens, i)
          : null;
    if (found) imports.push(found);
  }
  return imports;
}

function dynamicImport(tokens: readonly Token[], start: number): Import | null {
  const argument = tokens[start + 2];
  if (argument?.kind !== "string") return null;
  return { specifier: argument.text, kind: "dynamic", line: tokens[start]!.line };
}

/** `import "x"`, `import … from "x"`, `export * from "x"`, `export { … } from "x"`. */
function statement(tokens: readonly Token[], start: number): Import | null {
  const { text: keyword, line } = tokens[start]!;
  let at = start + 1;
  if (keyword === "import" && tokens[at]?.kind === "string") {
    return { specifier: tokens[at]!.text, kind: "value", line };
  }
  // `import type from "x"` imports a default that is called `type`.
  const isType = isText(tokens[at], "type") && !isText(tokens[at + 1], "from");
  if (isType) at++;
  if (keyword === "export" && !isText(tokens[at], "*") && !isText(tokens[at], "{")) return null;
  // Up to `from`: names, commas, a list in braces. A declaration or an assignment has more.
  for (; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (isText(token, "from") && tokens[at + 1]?.kind === "string") {
      return { specifier: tokens[at + 1]!.text, kind: isType ? "type" : "value", line };
    }
    const belongs = token.kind !== "punctuation" || "{},*".includes(token.text);
    if (!belongs || /^(?:import|export)$/.test(token.text)) return null;
  }
  return null;
}

function isText(token: Token | undefined, text: string): boolean {
  return token?.kind !== "string" && token?.text === text;
}
