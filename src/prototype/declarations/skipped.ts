import { UsageError } from "../../model/index.js";
import type { Declaration } from "../declaration.js";
import { type DeclaredEntry, placeOf } from "./entry.js";
import { namesOf, type Skip } from "./text-declarer.js";

/** Why a declaration is of no use. */
export type SkipKind =
  /** No declaration of C's, or one that is not understood. */
  | "syntax"
  /** A type by value that nothing declares. */
  | "unknown type"
  /** A type that no call passes. */
  | "unsupported type"
  /** No library exports it. */
  | "static";

export interface SkippedDeclaration {
  /** Null where it cannot be told. */
  readonly name: string | null;
  readonly kind: SkipKind;
  /** `zlib.h:12`. */
  readonly place: string;
  readonly message: string;
}

const KINDS: Readonly<Record<string, SkipKind>> = {
  PROTOTYPE_UNKNOWN_TYPE: "unknown type",
  PROTOTYPE_UNSUPPORTED: "unsupported type",
  DECLARATION_UNSUPPORTED: "unsupported type",
};

export function skippedText({ tokens, error }: Skip): SkippedDeclaration {
  const [token] = tokens;
  return {
    name: namesOf(tokens)[0] ?? null,
    kind: KINDS[error.code] ?? "syntax",
    place: token ? token.source.placeOf(token.at) : "the end",
    message: error.message,
  };
}

/** Null where `use` of the declaration does not fail. */
export function skippedUse(
  name: string,
  declaration: Declaration,
  use: () => unknown,
): SkippedDeclaration | null {
  try {
    use();
    return null;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const kind = KINDS[error.code] ?? "syntax";
    return { name, kind, place: placeOf(declaration), message: error.message };
  }
}

export function skippedStatic(name: string, { declaration }: DeclaredEntry): SkippedDeclaration {
  const place = placeOf(declaration);
  return { name, kind: "static", place, message: `'${name}' is static: no library exports it` };
}
