import type { CType, RecordType, UsageError } from "../../model/index.js";
import type { Attributes } from "../attributes.js";
import type { Declaration } from "../declaration.js";
import { prototypeErrors } from "../errors.js";
import { namedType } from "../named-types.js";
import type { Names } from "../names.js";
import { declaredType } from "../resolve.js";
import type { Token } from "../tokens.js";
import type { TextDefinitions } from "./definitions.js";
import type { Entry } from "./entry.js";
import type { Declarer } from "./parse-text.js";

/** A declaration that is not understood. */
export interface Skip {
  readonly tokens: readonly Token[];
  readonly error: UsageError;
}

/** Takes the declarations of one text into `names` and `entries`. */
export class TextDeclarer implements Declarer {
  /** What the text declares. */
  readonly taken = new Map<string, Entry>();
  readonly types = new Set<string>();
  readonly skips: Skip[] = [];

  constructor(
    private readonly names: Names,
    private readonly definitions: TextDefinitions,
    private readonly entries: Map<string, Entry>,
  ) {}

  declared(declaration: Declaration, attributes: Attributes): void {
    const { name, specifiers, derivations } = declaration;
    if (!name) throw unnamed(declaration);
    if (specifiers.typedef) return this.#alias(name.text, declaration, attributes);
    // A function's types are looked at when it is asked for.
    const isFunction =
      derivations[0]?.kind === "function" || declaredType(declaration).type.kind === "function";
    const what = attributes.local ? "static" : isFunction ? "function" : "data";
    this.#take(name.text, { kind: what, declaration, symbol: attributes.symbol });
  }

  skipped(tokens: readonly Token[], error: UsageError): void {
    this.skips.push({ tokens, error });
    for (const name of namesOf(tokens)) {
      if (!this.entries.has(name)) this.entries.set(name, { kind: "skipped", error });
    }
  }

  #take(name: string, entry: Entry): void {
    this.entries.set(name, entry);
    this.taken.set(name, entry);
  }

  #alias(name: string, declaration: Declaration, attributes: Attributes): void {
    const { specifiers, own } = declaration;
    const alias = this.definitions.attributed(declaredType(declaration), own, specifiers.token);
    const { type } = alias;
    if (specifiers.untagged && type === specifiers.type) nameAs(type, name);
    if (attributes.transparent && type.kind === "record") this.names.passAsFirst(type, type);
    const align = attributes.align ?? alias.align;
    this.names.types.set(name, { ...alias, type: asText(type, name), align });
    this.types.add(name);
  }
}

function unnamed({ specifiers: { token }, derivations }: Declaration): UsageError {
  if (derivations[0]?.kind !== "function") return prototypeErrors.missingName();
  return prototypeErrors.missingResult(token.text);
}

/** A struct without a tag is called by its first typedef. */
function nameAs(type: CType, name: string): void {
  const isUnnamed = (type.kind === "record" || type.kind === "enum") && type.name.endsWith(")");
  if (isUnnamed) (type as { -readonly [K in keyof RecordType]: RecordType[K] }).name = name;
}

/** `wchar_t` of a header is an int: the type known by that name holds text, too. */
function asText(type: CType, name: string): CType {
  const known = namedType(name);
  const isSame =
    known?.kind === "int" &&
    type.kind === "int" &&
    known.bytes === type.bytes &&
    known.signed === type.signed;
  return isSame && known.char ? known : type;
}

const KEYWORDS = /^(typedef|extern|static|struct|union|enum|const|__\w+)$/;

/** What a declaration that is not understood was to declare: a function, a tag, the last name. */
export function namesOf(tokens: readonly Token[]): string[] {
  const words = tokens.filter(({ kind, text }) => kind === "word" && !KEYWORDS.test(text));
  const call = tokens.findIndex(({ text }, i) => text === "(" && tokens[i - 1]?.kind === "word");
  const called = tokens[call - 1]?.text;
  if (called !== undefined && !KEYWORDS.test(called)) return [called];
  const last = words.at(-1)?.text;
  const tag = tokens.find((_, i) => /^(struct|union|enum)$/.test(tokens[i - 1]?.text ?? ""))?.text;
  return [...new Set([last, tag].filter((name) => name !== undefined))];
}
