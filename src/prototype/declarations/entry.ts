import type { UsageError } from "../../model/index.js";
import type { Declaration } from "../declaration.js";

/** A name that is declared as a function or as data, or as what is neither. */
export type Entry =
  | DeclaredEntry
  | { readonly kind: "skipped"; readonly error: UsageError }
  | { readonly kind: "macro"; readonly text: string; readonly place: string };

export interface DeclaredEntry {
  /** `static`: no library exports it. */
  readonly kind: "function" | "data" | "static";
  readonly declaration: Declaration;
  /** What the object file calls it, where that is another name. */
  readonly symbol: string | null;
}

export function placeOf({ name, specifiers }: Declaration): string {
  const token = name ?? specifiers.token;
  return token.source.placeOf(token.at);
}
