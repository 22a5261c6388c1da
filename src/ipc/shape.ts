/**
 * What may stand at a place of a message. A shape is finite and holds no cycle, so whatever walks
 * a payload by its shape has a depth that the sender of the payload does not decide.
 */
export type Shape =
  | IntegerShape
  | { readonly kind: "float" }
  | { readonly kind: "boolean" }
  /** At most `limit` bytes of UTF-8, where there is one. */
  | { readonly kind: "text"; readonly limit?: number }
  /** One of a closed set of texts. */
  | { readonly kind: "name"; readonly names: readonly Name[] }
  /** An array of any length. At most `limit` entries. */
  | { readonly kind: "list"; readonly of: Shape; readonly limit: number }
  | TupleShape
  /** An array whose length tells which struct it is: `byLength[n]` has n fields. */
  | { readonly kind: "tuples"; readonly byLength: readonly TupleShape[] }
  /** serde's externally tagged enum: a map of one entry, the variant's name to what it holds. */
  | { readonly kind: "variants"; readonly variants: readonly Variant[] };

export interface IntegerShape {
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
export interface TupleShape {
  readonly kind: "tuple";
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly shape: Shape;
}

export interface Name {
  readonly name: string;
  /** In UTF-8. */
  readonly bytes: Uint8Array;
}

export interface Variant extends Name {
  readonly shape: Shape;
}

export function integer(name: string, min: bigint, max: bigint): IntegerShape {
  return { kind: "integer", name, min, max, low: Number(min), high: Number(max) };
}

export function list(of: Shape, limit: number = Number.POSITIVE_INFINITY): Shape {
  return { kind: "list", of, limit };
}

export function tuple(fields: Readonly<Record<string, Shape>>): TupleShape {
  return {
    kind: "tuple",
    fields: Object.entries(fields).map(([name, shape]) => ({ name, shape })),
  };
}

export function names(of: readonly string[]): Shape {
  return { kind: "name", names: of.map(named) };
}

export function variants(of: Readonly<Record<string, Shape>>): Shape {
  return {
    kind: "variants",
    variants: Object.entries(of).map(([name, shape]) => ({ ...named(name), shape })),
  };
}

function named(name: string): Name {
  return { name, bytes: new TextEncoder().encode(name) };
}
