import { readFloat } from "./numbers.js";

/** What `[...]` holds: the texts of its elements, which may be arrays themselves. */
export type ArrayText = readonly (string | ArrayText)[];

/** Deeper than this it is no array of anything; the reader recurses. */
const MOST_NESTING = 20;

const SPACE = /\s*/y;
const STRING = /"(?:\\.|[^"\\])*"/y;
const WORD = /'(?:\\'|[^'])+'|[^\s,'"[\]]+/y;

/**
 * The elements of an array that `text` writes, as texts: JSON.parse would round integers past 2^53.
 * Null where it is no array of numbers, truth values and nulls, so that `[draft] x` can be text.
 * `hasStrings`: text that is quoted as JSON is an element, too.
 */
export function readArray(text: string, hasStrings = false): ArrayText | null {
  let at = 0;

  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0] ?? "";
    at += match.length;
    return match;
  };
  const accept = (mark: string): boolean => {
    take(SPACE);
    if (text[at] !== mark) return false;
    at++;
    return true;
  };
  const elements = (depth: number): ArrayText | null => {
    const found: (string | ArrayText)[] = [];
    if (accept("]")) return found;
    do {
      const element = accept("[")
        ? depth < MOST_NESTING && elements(depth + 1)
        : take(STRING) || take(WORD);
      if (!element || (typeof element === "string" && !isElement(element, hasStrings))) return null;
      found.push(element);
    } while (accept(","));
    return accept("]") ? found : null;
  };

  const array = accept("[") ? elements(0) : null;
  take(SPACE);
  return at === text.length ? array : null;
}

function isElement(word: string, hasStrings: boolean): boolean {
  if (word.startsWith('"')) return hasStrings;
  return ["true", "false", "null"].includes(word) || readFloat(word) !== null;
}
