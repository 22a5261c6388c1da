import { assertNever, type CType, type RecordType } from "../model/index.js";
import { flat, type NamedType, type Names, parseType } from "../prototype/index.js";
import { layoutErrors } from "./layout-errors.js";

/** A type that memory can be laid out for: C's text for it, or what `struct` and `pointer` make. */
export type TypeSpec = string | StructType | PointerType;

/** The fields of a struct, in order. */
export type Fields = Readonly<Record<string, TypeSpec>>;

/** A struct by its fields, as C lays them out. */
export interface StructType<F extends Fields = Fields> {
  readonly kind: "struct";
  readonly name: string;
  readonly fields: F;
}

/** A pointer whose values are laid out as `to` and pointed to. */
export interface PointerType<T extends TypeSpec = TypeSpec> {
  readonly kind: "pointer";
  readonly to: T;
}

/**
 * A struct, for `scope.alloc`.
 *
 * ```ts
 * const point = struct("point", { x: "int", y: "double", label: "char *" });
 * const at = await scope.alloc(point, { x: 1, y: 2.5, label: "here" });
 * ```
 */
export function struct<const F extends Fields>(name: string, fields: F): StructType<F> {
  return { kind: "struct", name, fields };
}

/** A pointer to `to`, for a field whose value is to be laid out too: `pointer(point)`. */
export function pointer<const T extends TypeSpec>(to: T): PointerType<T> {
  return { kind: "pointer", to };
}

/**
 * A type with its place in memory. Sizes, offsets and alignments in bytes. A scalar of `void` or of
 * an opaque type is one byte of memory of which no more is known.
 */
export type Layout =
  | { readonly kind: "scalar"; readonly type: CType; readonly size: number; readonly align: number }
  | {
      readonly kind: "pointer";
      /** What a value of it is laid out as; null for a function. Worked out when it is needed. */
      readonly to: () => Layout | null;
      readonly size: 8;
      readonly align: 8;
    }
  | {
      readonly kind: "array";
      readonly of: Layout;
      /** Null: as many as its value has. */
      readonly length: number | null;
      readonly size: number;
      readonly align: number;
    }
  | {
      readonly kind: "struct";
      readonly name: string;
      /** Those of anonymous structs and unions are its own. Of a union they share their memory. */
      readonly fields: readonly FieldLayout[];
      readonly size: number;
      readonly align: number;
    };

export interface FieldLayout {
  readonly name: string;
  /** In bytes, from the start. */
  readonly offset: number;
  readonly layout: Layout;
  /** Of a bit-field: in bits from the start, counted from each byte's lowest. */
  readonly bits: { readonly offset: number; readonly width: number } | null;
}

type StructLayout = Extract<Layout, { kind: "struct" }>;

/** x86-64. */
const POINTER = { kind: "pointer", size: 8, align: 8 } as const;

/** How `type` lies in memory. @throws UsageError where it has no size, or cannot be read. */
export function layoutOf(type: TypeSpec, names?: Names): Layout {
  if (typeof type === "string") return layoutOfText(type, names);
  if (type.kind === "pointer") return { ...POINTER, to: () => layoutOf(type.to, names) };
  const fields: FieldLayout[] = [];
  let end = 0;
  let align = 1;
  for (const [name, field] of Object.entries(type.fields)) {
    const layout = layoutOf(field, names);
    if (isOpen(layout)) throw layoutErrors.noLength(`field ${name} of ${type.name}`);
    const offset = roundUp(end, layout.align);
    fields.push({ name, offset, layout, bits: null });
    end = offset + layout.size;
    align = Math.max(align, layout.align);
  }
  return { kind: "struct", name: type.name, fields, size: roundUp(end, align), align };
}

/** It is as long as its value. */
export function isOpen(layout: Layout): boolean {
  return layout.kind === "array" && layout.length === null;
}

function layoutOfText(text: string, names?: Names): Layout {
  return arrayOf(parseType(text, names), text);
}

/** How a type that was declared lies in memory; `name`: of what has it. */
export function layoutOfDeclared(type: CType, name: string): Layout {
  return arrayOf(flat(type), name);
}

function arrayOf({ element, lengths }: NamedType, what: string): Layout {
  return lengths.reduceRight<Layout>((of, length) => {
    if (isOpen(of)) throw layoutErrors.noLength(what);
    return { kind: "array", of, length, size: of.size * (length ?? 0), align: of.align };
  }, layoutOfC(element));
}

export function layoutOfC(type: CType): Layout {
  switch (type.kind) {
    case "bool":
      return { kind: "scalar", type, size: 1, align: 1 };
    case "int":
    case "float":
    case "enum":
      return { kind: "scalar", type, size: type.bytes, align: type.bytes };
    case "complex":
      return { kind: "scalar", type, size: type.bytes, align: type.bytes / 2 };
    case "pointer":
      return { ...POINTER, to: () => pointeeLayout(type.to) };
    case "function":
      return { ...POINTER, to: () => null };
    case "void":
    case "opaque":
      return { kind: "scalar", type, size: 1, align: 1 };
    case "array": {
      const of = layoutOfC(type.of);
      const { length } = type;
      return { kind: "array", of, length, size: of.size * (length ?? 0), align: of.align };
    }
    case "record":
      return layoutOfRecord(type);
    default:
      return assertNever(type);
  }
}

/**
 * What stands behind a pointer of C is an array of it, of any length: of bytes where its size is not
 * known. Null for a function.
 */
export function pointeeLayout(to: CType): Layout | null {
  if (to.kind === "function") return null;
  const of = layoutOfC(to);
  return { kind: "array", of, length: null, size: 0, align: of.align };
}

/** A type is one object, wherever it is named. */
const records = new WeakMap<RecordType, StructLayout>();

function layoutOfRecord(type: RecordType): StructLayout {
  const known = records.get(type);
  if (known) return known;
  const { name, size, align } = type;
  const layout = { kind: "struct", name, fields: fieldsOf(type, 0), size, align } as const;
  records.set(type, layout);
  return layout;
}

/** Those of a record at `start`, in bytes. */
function fieldsOf({ fields }: RecordType, start: number): FieldLayout[] {
  return fields.flatMap(({ name, type, offset, bits }) => {
    const at = start + offset;
    if (name === "") return type.kind === "record" && !bits ? fieldsOf(type, at) : [];
    const within = bits && { ...bits, offset: start * 8 + bits.offset };
    return [{ name, offset: at, layout: layoutOfC(type), bits: within }];
  });
}

/** The last member of a struct, where it is an array of no length. */
export function flexibleMember({ fields }: StructLayout): FieldLayout | null {
  const last = fields.at(-1);
  return last && isOpen(last.layout) ? last : null;
}

function roundUp(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}
