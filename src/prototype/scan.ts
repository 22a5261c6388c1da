export type TokenKind = "word" | "number" | "string" | "character" | "punctuator" | "stray" | "end";

/** Where the token that starts at `at` ends, and its kind; null where none starts. An open quote is a stray. Loops: a long run overflows a regular expression's stack. */
export function scan(text: string, at: number): { kind: TokenKind; end: number } | null {
  const code = text.charCodeAt(at);
  if (isDigit(code) || (code === DOT && isDigit(text.charCodeAt(at + 1)))) {
    return { kind: "number", end: numberEnd(text, at) };
  }
  if (isWord(code)) return { kind: "word", end: wordEnd(text, at) };
  if (code === QUOTE || code === APOSTROPHE) {
    const end = quotedEnd(text, at, code);
    const isClosed = text.charCodeAt(end - 1) === code && end > at + 1;
    const isEmpty = code === APOSTROPHE && end === at + 2;
    if (!isClosed || isEmpty) return { kind: "stray", end };
    return { kind: code === QUOTE ? "string" : "character", end };
  }
  if (text.startsWith("...", at)) return { kind: "punctuator", end: at + 3 };
  if (PAIRS.has(text.slice(at, at + 2))) return { kind: "punctuator", end: at + 2 };
  return SINGLES.has(text[at]!) ? { kind: "punctuator", end: at + 1 } : null;
}

const [QUOTE, APOSTROPHE, BACKSLASH, NEWLINE, DOT] = [0x22, 0x27, 0x5c, 0x0a, 0x2e];

const SINGLES: ReadonlySet<string> = new Set("*()[],;=:.?+-<>&|^~!/%{}");

const PAIRS: ReadonlySet<string> = new Set("<< >> <= >= == != && || ->".split(" "));

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** GCC takes `$` in a name, too. */
function isWord(code: number): boolean {
  const letter = code | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || isDigit(code) || code === 0x5f || code === 0x24;
}

function wordEnd(text: string, from: number): number {
  let at = from;
  while (isWord(text.charCodeAt(at))) at++;
  return at;
}

/** Of a preprocessing number: `0x1f`, `1.5e-3`, `10UL`. */
function numberEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    const isExponent = (code | 0x20) === 0x65 || (code | 0x20) === 0x70; // e, p
    const sign = text[at + 1];
    if (isExponent && (sign === "+" || sign === "-")) at += 2;
    else if (isWord(code) || code === DOT) at++;
    else return at;
  }
}

/** Past the closing quote, or the end of a line that has none. */
function quotedEnd(text: string, from: number, quote: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    if (code === NEWLINE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}
