import type { CType, RecordType } from "../model/index.js";
import { namedType, typeNames } from "./named-types.js";

/** What a name of a type stands for. */
export interface Alias {
  readonly type: CType;
  readonly const: boolean;
  /** In bytes, where an attribute says another alignment than the type's own; else null. */
  readonly align: number | null;
}

/** An integer constant, with the size in bytes and sign of its type: 4 or more, as C promotes. */
export interface Constant {
  readonly value: bigint;
  readonly bytes: number;
  readonly signed: boolean;
}

/** The names of types and constants that declarations gave, beside those of every text. */
export class Names {
  readonly types = new Map<string, Alias>();
  /** By `struct point`. */
  readonly tags = new Map<string, CType>();
  readonly constants = new Map<string, Constant>();

  readonly #passedAs = new Map<CType, CType>();

  /** `union` is passed as its first member: an attribute says so. */
  passAsFirst(union: CType, { fields: [first] }: RecordType): void {
    if (first) this.#passedAs.set(union, first.type);
  }

  /** The type that a value of `type` is passed as. */
  passedAs(type: CType): CType {
    return this.#passedAs.get(type) ?? type;
  }

  /** What `name` stands for; one that was declared wins over one that is known anyway. */
  alias(name: string): Alias | undefined {
    const declared = this.types.get(name);
    if (declared) return declared;
    const type = namedType(name);
    return type && { type, const: false, align: null };
  }

  isType(name: string): boolean {
    return this.types.has(name) || namedType(name) !== undefined;
  }

  /** All names of types. */
  *all(): Iterable<string> {
    yield* typeNames;
    yield* this.types.keys();
  }
}

/** No declarations. Nothing may be added to it. */
export const NO_NAMES = new Names();
