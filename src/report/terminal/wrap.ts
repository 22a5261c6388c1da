import { stripVTControlCharacters } from "node:util";

/** A style of `styleText`: it is ended before a line is, and begun again on the next. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const STYLE = /\u001b\[\d+m/g;
const RESET = "\u001b[0m";

/** A gap of two spaces or more is the better place, unless so little of the line stands before it. */
const LEAST_SHARE = 1 / 3;

/**
 * `line` in lines of at most `width` columns, broken at spaces; only a word that is longer than a line
 * is broken itself. What follows is indented by two more than the first.
 */
export function wrapped(line: string, width: number): string[] {
  if (line.length <= width || stripVTControlCharacters(line).length <= width) return [line];
  const plain = stripVTControlCharacters(line);
  const indent = Math.min(plain.search(/\S|$/) + 2, Math.floor(width / 2));
  const lines: string[] = [];
  let start = 0;
  while (start < plain.length) {
    const lead = start === 0 ? 0 : indent;
    const end = endOf(plain, start, width - lead);
    lines.push(" ".repeat(lead) + slice(line, start, end));
    start = end;
    while (plain[start] === " ") start++;
  }
  return lines;
}

/** Where the line that begins at `start` ends: before a space, or at its width. */
function endOf(text: string, start: number, width: number): number {
  if (text.length - start <= width) return text.length;
  const shown = text.slice(start, start + width + 1);
  const from = shown.search(/\S/);
  const gaps = [...shown.matchAll(/ +/g)].filter(({ index }) => index > from);
  const wide = gaps.findLast((gap) => gap[0].length > 1 && gap.index > width * LEAST_SHARE);
  const gap = wide ?? gaps.at(-1);
  return start + (gap ? gap.index : width);
}

/** Columns `[start, end)` of a line with styles. */
function slice(line: string, start: number, end: number): string {
  const active: string[] = [];
  let text = "";
  let column = 0;
  let at = 0;
  const take = (until: number) => {
    const part = line.slice(at, until);
    const shown = part.slice(Math.max(0, start - column), Math.max(0, end - column));
    text += text === "" && shown !== "" ? active.join("") + shown : shown;
    column += part.length;
    at = until;
  };
  for (const { 0: code, index } of line.matchAll(STYLE)) {
    take(index);
    at += code.length;
    if (column >= end) break;
    const ends = /\[(?:0|2[2-9]|39|49)m/.test(code);
    if (ends) active.pop();
    else active.push(code);
    if (text !== "") text += code;
  }
  if (at < line.length && column < end) take(line.length);
  return active.length > 0 && text !== "" ? text + RESET : text;
}
