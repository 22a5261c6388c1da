import { readFloat } from "./numbers.js";

/** A value in its text: of a word or quoted text itself, of `[...]` its elements, of `{...}` its fields. */
export type ValueText = string | ArrayText | FieldsText;

/** What `[...]` holds: the texts of its elements. */
export type ArrayText = readonly ValueText[];

/** What `{...}` holds. */
export class FieldsText {
  constructor(readonly fields: ReadonlyMap<string, ValueText>) {}
}

/** Which words are values. */
interface Words {
  /** Text that is quoted as JSON is one. */
  readonly strings?: boolean;
  /** Any word is one: the name of an enumerator, `out:5`; and `{...}` is. */
  readonly names?: boolean;
}

/** Deeper than this it is no value of anything; the reader recurses. */
const MOST_NESTING = 20;

const SPACE = /\s*/y;
const STRING = /"(?:\\.|[^"\\])*"/y;
const WORD = /'(?:\\'|[^'])+'|[^\s,'"[\]{}]+/y;
const KEY = /"((?:\\.|[^"\\])*)"|\.?([A-Za-z_$][\w$]*)/y;
const COLON = /\s*[:=]/y;

/**
 * The elements of an array that `text` writes, as texts: JSON.parse would round integers past 2^53.
 * Null where it is no array of numbers, truth values and nulls, so that `[draft] x` can be text.
 */
export function readArray(text: string, words: Words = {}): ArrayText | null {
  const value = readValueText(text, words);
  return Array.isArray(value) ? value : null;
}

/** The value that `[...]` or `{...}` writes; null where that is none. */
export function readValueText(text: string, words: Words): ArrayText | FieldsText | null {
  const reader = new Reader(text, words);
  const value = reader.composed(0);
  return reader.isAtEnd ? value : null;
}

class Reader {
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly words: Words,
  ) {}

  get isAtEnd(): boolean {
    this.#take(SPACE);
    return this.#at === this.text.length;
  }

  composed(depth: number): ArrayText | FieldsText | null {
    if (depth > MOST_NESTING) return null;
    if (this.#accept("[")) return this.#elements(depth);
    return this.words.names && this.#accept("{") ? this.#fields(depth) : null;
  }

  #elements(depth: number): ArrayText | null {
    const found: ValueText[] = [];
    if (this.#accept("]")) return found;
    do {
      const element = this.#value(depth);
      if (element === null) return null;
      found.push(element);
    } while (this.#accept(","));
    return this.#accept("]") ? found : null;
  }

  #fields(depth: number): FieldsText | null {
    const found = new Map<string, ValueText>();
    if (this.#accept("}")) return new FieldsText(found);
    do {
      this.#take(SPACE);
      const key = this.#match(KEY);
      const name = key?.[1] ?? key?.[2];
      if (name === undefined || this.#take(COLON) === "") return null;
      const value = this.#value(depth);
      if (value === null || found.has(name)) return null;
      found.set(name, value);
    } while (this.#accept(","));
    return this.#accept("}") ? new FieldsText(found) : null;
  }

  #value(depth: number): ValueText | null {
    const composed = this.composed(depth + 1);
    if (composed) return composed;
    this.#take(SPACE);
    const word = this.#take(STRING) || this.#take(WORD);
    return word !== "" && this.#isValue(word) ? word : null;
  }

  #isValue(word: string): boolean {
    if (word.startsWith('"')) return this.words.strings ?? false;
    if (this.words.names) return true;
    return ["true", "false", "null"].includes(word) || readFloat(word) !== null;
  }

  #take(pattern: RegExp): string {
    return this.#match(pattern)?.[0] ?? "";
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    this.#at += match?.[0].length ?? 0;
    return match;
  }

  #accept(mark: string): boolean {
    this.#take(SPACE);
    if (this.text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }
}
