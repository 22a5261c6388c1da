import type { CType, Signature, UsageError } from "../../model/index.js";
import { Cursor } from "../cursor.js";
import type { Declaration } from "../declaration.js";
import { Names } from "../names.js";
import { checkText, parsePrototype, signatureOf } from "../parse-prototype.js";
import { declaredType } from "../resolve.js";
import { tokenize } from "../tokens.js";
import { TextDefinitions } from "./definitions.js";
import { type Directives, readDirectives } from "./directives.js";
import { type Entry, placeOf } from "./entry.js";
import { declarationErrors } from "./errors.js";
import { HeaderSource } from "./header-source.js";
import { nearestDeclared } from "./nearest-declared.js";
import { parseText } from "./parse-text.js";
import { type SkippedDeclaration, skippedStatic, skippedText, skippedUse } from "./skipped.js";
import { TextDeclarer } from "./text-declarer.js";

/** What one text declares: names. */
export interface Declared {
  readonly functions: readonly string[];
  readonly data: readonly string[];
  readonly types: readonly string[];
  /** What is not understood, and what cannot be called; worked out when it is read. */
  readonly skipped: readonly SkippedDeclaration[];
}

/** C declarations, text by text. A later one wins over an earlier one of the same name. */
export class Declarations {
  readonly names = new Names();
  readonly #entries = new Map<string, Entry>();
  readonly #renamed = new Map<string, string>();

  /** Whether no function and no data is declared. */
  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /**
   * Takes what `text` declares. `file`: what its places are called where no line markers say.
   *
   * @throws UsageError for a text that has to be preprocessed first, and one of which nothing is understood.
   */
  declare(text: string, file: string | null = null): Declared {
    checkText(text);
    const source = new HeaderSource(text, file);
    const tokens = tokenize(source, "kept");
    const directives = readDirectives(source, tokens.directives);
    for (const [name, constant] of directives.constants) this.names.constants.set(name, constant);
    const typeOf = (name: string) => this.#typeOf(name);
    const definitions = new TextDefinitions(this.names, directives.packAt, typeOf);
    const declarer = new TextDeclarer(this.names, definitions, this.#entries);
    parseText(new Cursor(tokens, this.names, definitions), declarer);
    this.#takeMacros(directives, source);
    const isNothing =
      declarer.taken.size + declarer.types.size + definitions.defined + directives.count === 0;
    if (isNothing) throw declarer.skips[0]?.error ?? declarationErrors.nothing(file ?? "the text");
    return declared(declarer);
  }

  /** Of a prototype, or of the name of a declared function. @throws UsageError. */
  signature(text: string): Signature {
    const name = /^\s*([A-Za-z_$][\w$]*)\s*;?\s*$/.exec(text)?.[1];
    const isName = name !== undefined && !this.isEmpty;
    return isName ? this.function(name) : parsePrototype(text, this.names);
  }

  /** @throws UsageError where `name` is declared as no function that can be called. */
  function(name: string): Signature {
    const [declaredAs, entry] = this.#entry(name, "function");
    switch (entry.kind) {
      case "function": {
        const signature = signatureNamed(declaredAs, entry.declaration);
        return entry.symbol === null ? signature : { ...signature, symbol: entry.symbol };
      }
      case "data":
        throw declarationErrors.notFunction(declaredAs, placeOf(entry.declaration));
      default:
        throw refusal(declaredAs, entry);
    }
  }

  /** What exported data is called and its type. @throws UsageError where `name` is not declared as data. */
  data(name: string): { readonly symbol: string; readonly type: CType } {
    const [declaredAs, entry] = this.#entry(name, "data");
    switch (entry.kind) {
      case "data":
        return { symbol: entry.symbol ?? declaredAs, type: declaredType(entry.declaration).type };
      case "function":
        throw declarationErrors.notData(declaredAs, placeOf(entry.declaration));
      default:
        throw refusal(declaredAs, entry);
    }
  }

  #entry(asked: string, what: "function" | "data"): readonly [name: string, Entry] {
    const name = this.#followed(asked);
    const entry = this.#entries.get(name);
    if (entry) return [name, entry];
    throw declarationErrors.unknown(what, asked, nearestDeclared(asked, this.#entries.keys()));
  }

  /** The declared name that macros make of `asked`, as the preprocessor would. */
  #followed(asked: string): string {
    const seen = new Set([asked]);
    let name = asked;
    for (;;) {
      const to = this.#renamed.get(name);
      if (to === undefined || seen.has(to)) break;
      seen.add(to);
      name = to;
    }
    return this.#entries.has(name) ? name : asked;
  }

  #typeOf(name: string): CType | null {
    const entry = this.#entries.get(name);
    if (entry?.kind !== "data" && entry?.kind !== "function") return null;
    return declaredType(entry.declaration).type;
  }

  #takeMacros({ renamed, macros }: Directives, source: HeaderSource): void {
    for (const [from, to] of renamed) this.#renamed.set(from, to);
    for (const [name, { text, at }] of macros) {
      if (this.#entries.has(name)) continue;
      this.#entries.set(name, { kind: "macro", text, place: source.placeOf(at) });
    }
  }
}

function declared({ taken, types, skips }: TextDeclarer): Declared {
  const named = (kind: Entry["kind"]) =>
    [...taken].flatMap(([name, entry]) => (entry.kind === kind ? [name] : []));
  return {
    functions: named("function"),
    data: named("data"),
    types: [...types],
    get skipped() {
      const uses = [...taken].map(([name, entry]) => {
        if (entry.kind === "static") return skippedStatic(name, entry);
        if (entry.kind !== "function") return null;
        const { declaration } = entry;
        return skippedUse(name, declaration, () => signatureNamed(name, declaration));
      });
      return [...skips.map(skippedText), ...uses.filter((skipped) => skipped !== null)];
    },
  };
}

/** Of a function that is declared by its parameters, or by a typedef of functions. */
function signatureNamed(name: string, declaration: Declaration): Signature {
  const signature = signatureOf(declaration);
  if (signature) return signature;
  const { type } = declaredType(declaration);
  if (type.kind === "function" && type.signature) return { ...type.signature, name };
  throw declarationErrors.notCallable(name, placeOf(declaration));
}

function refusal(name: string, entry: Entry): UsageError {
  switch (entry.kind) {
    case "macro":
      return declarationErrors.macro(name, entry.text, entry.place);
    case "skipped":
      return entry.error;
    default:
      return declarationErrors.notExported(name, placeOf(entry.declaration));
  }
}
