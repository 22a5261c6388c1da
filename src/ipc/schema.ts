/**
 * What may stand at a place of a message. A schema is finite and holds no cycle, so whatever walks
 * a payload by its schema has a depth that the sender of the payload does not decide.
 */
export type Schema =
  | IntegerSchema
  | { readonly kind: "float" }
  | { readonly kind: "boolean" }
  /** At most `limit` bytes of UTF-8, where there is one. */
  | { readonly kind: "text"; readonly limit?: number }
  /** One of a closed set of texts. */
  | { readonly kind: "name"; readonly names: readonly Name[] }
  /** An array of any length. At most `limit` entries. */
  | { readonly kind: "list"; readonly of: Schema; readonly limit: number }
  | TupleSchema
  | TuplesSchema
  /** serde's externally tagged enum: a map of one entry, the variant's name to what it holds. */
  | { readonly kind: "variants"; readonly variants: readonly Variant[] };

export interface IntegerSchema {
  readonly kind: "integer";
  /** As it is called in an error. */
  readonly name: string;
  readonly min: bigint;
  readonly max: bigint;
  /** `min` and `max` as doubles, rounded where they are wide: exact against 32-bit integers. */
  readonly low: number;
  readonly high: number;
}

/** serde's struct: an array with one entry a field. */
export interface TupleSchema {
  readonly kind: "tuple";
  readonly fields: readonly Field[];
}

/** An array whose length tells which struct it is: `byLength.get(n)` has n fields. */
export interface TuplesSchema {
  readonly kind: "tuples";
  readonly byLength: ReadonlyMap<number, TupleSchema>;
}

export interface Field {
  readonly name: string;
  readonly schema: Schema;
}

export interface Name {
  readonly name: string;
  /** In UTF-8. */
  readonly bytes: Uint8Array;
}

export interface Variant extends Name {
  readonly schema: Schema;
}

export function integer(name: string, min: bigint, max: bigint): IntegerSchema {
  return { kind: "integer", name, min, max, low: Number(min), high: Number(max) };
}

export function list(of: Schema, limit: number = Number.POSITIVE_INFINITY): Schema {
  return { kind: "list", of, limit };
}

export function tuple(fields: Readonly<Record<string, Schema>>): TupleSchema {
  return {
    kind: "tuple",
    fields: Object.entries(fields).map(([name, schema]) => ({ name, schema })),
  };
}

export function tuples(...structs: readonly TupleSchema[]): TuplesSchema {
  const byLength = new Map(structs.map((struct) => [struct.fields.length, struct]));
  return { kind: "tuples", byLength };
}

export function names(of: readonly string[]): Schema {
  return { kind: "name", names: of.map(named) };
}

export function variants(of: Readonly<Record<string, Schema>>): Schema {
  return {
    kind: "variants",
    variants: Object.entries(of).map(([name, schema]) => ({ ...named(name), schema })),
  };
}

function named(name: string): Name {
  return { name, bytes: new TextEncoder().encode(name) };
}
