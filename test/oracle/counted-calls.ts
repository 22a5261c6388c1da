/** What a counted function of libc has to read, as the C standard and the man pages have it. */
export type Ends =
  /** A NUL ends it before its count. */
  | "nul"
  /** The character '#' does. */
  | "sought"
  /** '#' does; it has no count. */
  | "sought only"
  /** Nothing does. */
  | "count"
  /** The first difference of two strings does, or their NUL. */
  | "difference"
  | "difference but for case";

export interface CountedFunction {
  /** Of the fixture: `NAME_call`. */
  readonly name: string;
  readonly unit: 1 | 4;
  readonly ends: Ends;
  /** It reads `t` from traced memory, too. */
  readonly readsBoth: boolean;
}

const one = (unit: 1 | 4, ends: Ends, names: string): CountedFunction[] =>
  names.split(" ").map((name) => ({ name, unit, ends, readsBoth: false }));

const two = (unit: 1 | 4, ends: Ends, names: string): CountedFunction[] =>
  names.split(" ").flatMap((name) => [
    { name, unit, ends, readsBoth: true },
    { name: `first_${name}`, unit, ends, readsBoth: false },
    { name: `second_${name}`, unit, ends, readsBoth: false },
  ]);

export const COUNTED_FUNCTIONS: readonly CountedFunction[] = [
  ...one(1, "nul", "strnlen strncpy stpncpy strncat strndup printf"),
  ...one(4, "nul", "wcsnlen wcsncpy wcpncpy wcsncat"),
  ...one(1, "sought", "memchr memccpy"),
  ...one(4, "sought", "wmemchr"),
  ...one(1, "sought only", "rawmemchr"),
  ...one(1, "count", "memrchr"),
  ...two(1, "count", "memcmp bcmp"),
  ...two(4, "count", "wmemcmp"),
  ...two(1, "difference", "strncmp"),
  ...two(4, "difference", "wcsncmp"),
  ...two(1, "difference but for case", "strncasecmp"),
  ...two(4, "difference but for case", "wcsncasecmp"),
];

/** A string: what its buffer holds, and what lies behind that. In characters. */
export interface Text {
  readonly inside: string;
  readonly behind: string;
}

export interface CountedCase {
  readonly what: string;
  readonly s: Text;
  readonly t: Text;
  readonly count: number;
}

const LARGE = 5000;
const BEHIND = 16;

/** Calls that are right, and calls that count one or five too many, of strings of `length` characters. */
export function casesOf({ ends }: CountedFunction, length: number): CountedCase[] {
  const plain = letters(length);
  const stop = ends.startsWith("sought") ? "#" : "\0";
  const cases: CountedCase[] = [];
  const add = (what: string, count: number, s: Text, t: Text = s) =>
    cases.push({ what, s, t, count });
  /** The same letters go on behind it. */
  const goesOn = { inside: plain, behind: letters(length + BEHIND).slice(length) };
  const stops = { inside: plain, behind: stop.repeat(BEHIND) };
  const later = { inside: plain, behind: `yz${stop.repeat(BEHIND)}` };
  if (ends === "sought only") {
    add("found behind the end", 0, stops);
    add("found further behind the end", 0, later);
  } else {
    add("the right count", length, goesOn);
    add("the right count, a stop behind", length, stops);
    for (const more of [1, 5]) {
      add(`${more} too many`, length + more, goesOn);
      add(`${more} too many, a stop behind`, length + more, stops);
      add(`${more} too many, a stop further behind`, length + more, later);
    }
  }
  if (ends === "count") return cases;
  for (const at of new Set([length - 1, length >> 1, 0])) {
    const ended = { inside: replaced(plain, at, stop), behind: goesOn.behind };
    add(`a stop at ${at}`, length + 1, ended);
    add(`a stop at ${at}, a large count`, LARGE, ended);
  }
  if (!ends.startsWith("difference")) return cases;
  for (const at of new Set([length - 1, length >> 1, 0])) {
    const other = { inside: replaced(plain, at, "?"), behind: goesOn.behind };
    add(`a difference at ${at}, a large count`, LARGE, goesOn, other);
    add(`a difference at ${at}, one too many`, length + 1, other, goesOn);
  }
  const different = { inside: plain, behind: "?".repeat(BEHIND) };
  add("a difference behind both", length + 5, goesOn, different);
  const longer = { inside: plain + goesOn.behind.slice(0, 8), behind: "" };
  add("only the first is short", length + 1, goesOn, longer);
  add("only the first is short, and ends there", length + 5, stops, longer);
  add("only the second is short", length + 1, longer, goesOn);
  add("only the second is short, and differs there", length + 5, longer, different);
  return cases;
}

/** How many characters the function has to look at, of each string. */
export function neededBy({ ends }: CountedFunction, { s, t, count }: CountedCase): number {
  if (ends === "count") return count;
  const [one, other] = [s.inside + s.behind, t.inside + t.behind];
  const limit = ends === "sought only" ? Number.POSITIVE_INFINITY : count;
  for (let at = 0; at < limit; at++) {
    const character = one[at];
    if (character === undefined) throw new Error("it would read what nobody knows");
    if (ends.startsWith("sought") ? character === "#" : character === "\0") return at + 1;
    if (ends === "difference" && character !== other[at]) return at + 1;
    const isFolded = ends === "difference but for case";
    if (isFolded && character.toLowerCase() !== other[at]?.toLowerCase()) return at + 1;
  }
  return limit;
}

function letters(length: number): string {
  return Array.from({ length }, (_, i) => String.fromCharCode(0x61 + (i % 26))).join("");
}

function replaced(text: string, at: number, character: string): string {
  return text.slice(0, at) + character + text.slice(at + 1);
}
