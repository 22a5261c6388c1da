import type { Constant } from "../names.js";
import { prototypeSource } from "../source.js";
import { type Directive, tokenize } from "../tokens.js";
import { converted } from "./arithmetic.js";
import { declarationErrors } from "./errors.js";
import { type HeaderSource, type LineMarker, lastUpTo } from "./header-source.js";
import { integerLiteral } from "./literals.js";

/** A macro that stands for more than a number. */
export interface Macro {
  /** With its arguments, on one line. */
  readonly text: string;
  readonly at: number;
}

/** What the lines of a text say that begin with `#`. */
export interface Directives {
  /** Macros of any kind. */
  readonly count: number;
  readonly constants: ReadonlyMap<string, Constant>;
  /** `#define mpz_init __gmpz_init`: another name. */
  readonly renamed: ReadonlyMap<string, string>;
  readonly macros: ReadonlyMap<string, Macro>;
  /** What `#pragma pack` says at an offset, in bytes; null for nothing. */
  packAt(at: number): number | null;
}

/** They say nothing about types. */
const IGNORED = /^#\s*(pragma\b(?!\s*pack\b)|ident\b|sccs\b|undef\b|warning\b|$)/;

/**
 * Reads the directives of `source`, whose places they may set.
 *
 * @throws UsageError NOT_PREPROCESSED for one that only a preprocessor can follow.
 */
export function readDirectives(source: HeaderSource, lines: readonly Directive[]): Directives {
  const constants = new Map<string, Constant>();
  const renamed = new Map<string, string>();
  const macros = new Map<string, Macro>();
  const markers: LineMarker[] = [];
  const packs = new PackStack();
  for (const { text, at } of lines) {
    const marker = /^#\s*(?:line\s+)?(\d{1,9})(?:\s+"((?:[^"\\]|\\.){0,4096})")?/.exec(text);
    const define = /^#\s*define\s+(\w+)(\([^()]{0,4096}\))?/.exec(text);
    if (marker) {
      const file = marker[2]?.replace(/\\(.)/g, "$1") ?? markers.at(-1)?.file ?? "line";
      markers.push({ at, line: Number(marker[1]), file });
    } else if (define) {
      const [whole, name = "", parameters] = define;
      const body = text.slice(whole.length).trim();
      const constant = parameters === undefined ? constantOf(body) : null;
      if (constant) constants.set(name, constant);
      else if (parameters === undefined && /^[A-Za-z_]\w*$/.test(body)) renamed.set(name, body);
      else if (body !== "") macros.set(name, { text: `${name}${parameters ?? ""} ${body}`, at });
    } else if (/^#\s*pragma\s+pack\b/.test(text)) {
      packs.read(text, at);
    } else if (!IGNORED.test(text)) {
      source.setMarkers(markers);
      throw declarationErrors.directive(text.slice(0, 60).trim(), source.placeOf(at));
    }
  }
  source.setMarkers(markers);
  const count = constants.size + renamed.size + macros.size;
  return { count, constants, renamed, macros, packAt: (at) => packs.at(at) };
}

/** Of a macro that is a number, in parentheses or not. */
function constantOf(body: string): Constant | null {
  const match = /^\(?\s*(-?)\s*(\d\w{0,40})\s*\)?$/.exec(body);
  if (!match || !/^(0[xX][\da-fA-F]+|\d+)[uUlL]*$/.test(match[2]!)) return null;
  const [token] = tokenize(prototypeSource(match[2]!)).all;
  const constant = integerLiteral(token!);
  return match[1] ? converted(-constant.value, constant) : constant;
}

/** `#pragma pack(n)`, `pack()`, `pack(push, n)`, `pack(pop)`. */
class PackStack {
  readonly #starts: number[] = [];
  readonly #packs: (number | null)[] = [];
  readonly #stack: (number | null)[] = [];

  read(text: string, at: number): void {
    const inside = /\(([^()]*)\)/.exec(text)?.[1] ?? "";
    const words = inside.split(",").map((word) => word.trim());
    const number = words.find((word) => /^\d+$/.test(word));
    let pack = this.#packs.at(-1) ?? null;
    if (words[0] === "push") this.#stack.push(pack);
    if (words[0] === "pop") pack = this.#stack.pop() ?? null;
    if (inside.trim() === "") pack = null;
    if (number !== undefined) pack = Number(number) || null;
    this.#starts.push(at);
    this.#packs.push(pack);
  }

  at(at: number): number | null {
    return this.#packs[lastUpTo(this.#starts, at)] ?? null;
  }
}
