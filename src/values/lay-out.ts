import { assertNever, type CType } from "../model/index.js";
import { bytesOf, isOut } from "./given.js";
import { GivenFields, isFields } from "./given-fields.js";
import { type FieldLayout, flexibleMember, isOpen, type Layout, pointeeLayout } from "./layout.js";
import { layoutErrors } from "./layout-errors.js";
import { addressOf } from "./numbers.js";
import { elementOf, fieldOf, type Place } from "./place.js";
import type { Laid, LaidPointer, ValueRules } from "./rules.js";
import { encodeText, nulBytes } from "./text.js";
import { complexParts, writeBits, writeScalar } from "./write-scalar.js";

type ArrayLayout = Extract<Layout, { kind: "array" }>;
type StructLayout = Extract<Layout, { kind: "struct" }>;

/** Of values that point to values: the writer recurses. */
const MOST_NESTING = 500;

/** In bytes: no traced heap is as large. */
const MOST_BYTES = 2 ** 31;

/** What memory laid out as `layout` holds for `value`. @throws UsageError that names the place. */
export function laidOut<M>(
  rules: ValueRules<M>,
  layout: Layout,
  value: unknown,
  place: Place,
): Laid<M> {
  const whole = wholeFor(rules, layout, value, place);
  if (whole.size > MOST_BYTES) throw layoutErrors.tooLarge(place.text, whole.size);
  const bytes = new Uint8Array(whole.size);
  const pointers: LaidPointer<M>[] = [];
  const memory = { view: new DataView(bytes.buffer), pointers };
  new Layer(rules, memory).write(whole, 0, value, place);
  return { layout: whole, bytes, size: whole.size, ...(pointers.length > 0 && { pointers }) };
}

/**
 * What a pointer to `to` is to point to for `value`: bytes as they are, `out(n)`, text, an array.
 * @throws UsageError that names the place.
 */
export function pointee<M>(
  rules: ValueRules<M>,
  to: CType | Layout | null,
  value: unknown,
  place: Place,
): Laid<M> {
  const layout =
    to !== null && "align" in to && to.kind !== "record" ? to : to && pointeeLayout(to);
  if (layout === null) throw rules.errors.notFunction(place, value);
  const element = layout.kind === "array" ? layout.of : layout;
  const bytes = memoryBytes(rules, value, element, place);
  if (bytes) return { bytes, size: bytes.byteLength };
  if (isOut(value)) {
    const isLength = Number.isInteger(value.length) && value.length >= 0;
    if (!isLength) throw rules.errors.notSize(place, value.length);
    return { bytes: null, size: value.length * element.size };
  }
  if (isOne(element, value)) return laidOut(rules, element, value, place);
  const isData = typeof value === "string" || Array.isArray(value) || element.kind === "struct";
  if (!isData || value === null) throw rules.errors.notPointer(place, value, typeOf(element));
  return laidOut(rules, layout, value, place);
}

/** Whether `value` is one element itself, not an array of them. */
function isOne(element: Layout, value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  if (element.kind === "struct") return true;
  const isComplex = element.kind === "scalar" && element.type.kind === "complex";
  return isComplex && complexParts(value) !== null;
}

/** Bytes of memory that is an array of `element`. @throws UsageError for a typed array of other numbers. */
function memoryBytes<M>(
  { errors }: ValueRules<M>,
  value: unknown,
  element: Layout,
  place: Place,
): Uint8Array | null {
  const bytes = bytesOf(value);
  if (bytes && !isArrayOf(value, element)) {
    throw errors.otherNumbers(place, value, typeOf(element));
  }
  return bytes;
}

/** Numbers of one byte are bytes, for whatever type; and so is what is behind a pointer to bytes. */
function isArrayOf(value: unknown, element: Layout): boolean {
  if (element.kind === "array") return isArrayOf(value, element.of);
  const { BYTES_PER_ELEMENT: bytes = 1 } = value as Partial<Uint8Array>;
  if (bytes === 1 || element.size === 1 || element.kind === "struct") return true;
  const isFloat = value instanceof Float32Array || value instanceof Float64Array;
  const kind = element.kind === "scalar" ? element.type.kind : null;
  if (kind === "complex") return isFloat && bytes * 2 === element.size;
  return bytes === element.size && isFloat === (kind === "float");
}

/** As messages call what it is. */
function typeOf(layout: Layout): CType {
  if (layout.kind === "scalar") return layout.type;
  return { kind: "pointer", to: { kind: "void" }, const: false };
}

/** `layout` with the lengths that `value` gives: of an array, and of a struct's flexible member. */
function wholeFor<M>(rules: ValueRules<M>, layout: Layout, value: unknown, place: Place): Layout {
  if (layout.kind === "array" && isOpen(layout)) {
    return sized(layout, lengthFor(rules, layout, value, place));
  }
  const flexible = layout.kind === "struct" ? flexibleMember(layout) : null;
  if (layout.kind !== "struct" || !flexible || typeof value !== "object") return layout;
  const { name, offset } = flexible;
  const held = (value as Record<string, unknown> | null)?.[name];
  const array = flexible.layout as ArrayLayout;
  const member = sized(array, lengthFor(rules, array, held, fieldOf(place, name)));
  const fields = layout.fields.with(-1, { ...flexible, layout: member });
  return { ...layout, fields, size: Math.max(layout.size, offset + member.size) };
}

function sized(layout: ArrayLayout, length: number): ArrayLayout {
  return { ...layout, length, size: layout.of.size * length };
}

/** How long an array of no length of its own is for `value`, in elements. Text has its NUL. */
function lengthFor<M>(
  { errors }: ValueRules<M>,
  { of }: ArrayLayout,
  value: unknown,
  place: Place,
): number {
  if (typeof value === "string") {
    const type = typeOf(of);
    const bytes = of.kind === "scalar" ? encodeText(value, type, place, errors) : null;
    if (!bytes) throw errors.notText(place, value, type);
    return (bytes.byteLength + nulBytes(type)) / of.size;
  }
  const bytes = bytesOf(value);
  if (bytes) return Math.ceil(bytes.byteLength / of.size);
  if (!Array.isArray(value)) return 0;
  return isFlat(of, value) ? Math.ceil(value.length / scalarsIn(of)) : value.length;
}

/** Whether `value` has the scalars of arrays of `of` one after the other, row after row. */
function isFlat(of: Layout, value: readonly unknown[]): boolean {
  if (of.kind !== "array" || value.length === 0) return false;
  return value.every((held) => typeof held !== "string" && !Array.isArray(held) && !bytesOf(held));
}

function scalarsIn(layout: Layout): number {
  return layout.kind === "array" ? (layout.length ?? 0) * scalarsIn(layout.of) : 1;
}

function innermost(layout: Layout): Layout {
  return layout.kind === "array" ? innermost(layout.of) : layout;
}

/** Writes values into memory, and notes the pointers in it. */
class Layer<M> {
  constructor(
    private readonly rules: ValueRules<M>,
    private readonly memory: { readonly view: DataView; readonly pointers: LaidPointer<M>[] },
  ) {}

  write(layout: Layout, offset: number, value: unknown, place: Place): void {
    switch (layout.kind) {
      case "scalar":
        return this.#scalar(layout.type, offset, value, place);
      case "pointer":
        return this.#pointer(layout, offset, value, place);
      case "array":
        return this.#array(layout, offset, value, place);
      case "struct":
        return this.#struct(layout, offset, value, place);
      default:
        assertNever(layout);
    }
  }

  #scalar(type: CType, offset: number, value: unknown, place: Place): void {
    const { errors } = this.rules;
    if (Array.isArray(value) && type.kind !== "complex") throw errors.nestedArray(place);
    writeScalar(this.memory.view, offset, type, { value, place, errors });
  }

  #pointer(
    layout: Extract<Layout, { kind: "pointer" }>,
    offset: number,
    value: unknown,
    place: Place,
  ): void {
    const { view, pointers } = this.memory;
    if (value === null) return view.setBigUint64(offset, 0n, true);
    if (typeof value === "bigint") {
      return view.setBigUint64(offset, addressOf(value, place, this.rules.errors), true);
    }
    const code = this.rules.codeOf?.(value) ?? null;
    if (code !== null) return view.setBigUint64(offset, code, true);
    if ((place.depth ?? 0) > MOST_NESTING) throw this.rules.errors.tooDeep(place);
    const memory = this.rules.memoryOf(value);
    const to = memory ? { memory } : pointee(this.rules, layout.to(), value, place);
    pointers.push({ offset, name: place.name, to });
  }

  #array(layout: ArrayLayout, offset: number, value: unknown, place: Place): void {
    const { errors } = this.rules;
    const { of } = layout;
    const length = layout.length ?? 0;
    const bytes =
      typeof value === "string"
        ? this.#text(of, value, place)
        : memoryBytes(this.rules, value, of, place);
    if (bytes) {
      const size = length * of.size;
      if (bytes.byteLength > size) {
        throw errors.tooMany(place, Math.ceil(bytes.byteLength / of.size), length);
      }
      const { buffer, byteOffset } = this.memory.view;
      return new Uint8Array(buffer, byteOffset + offset, size).set(bytes);
    }
    if (!Array.isArray(value)) throw errors.notArray(place, value);
    if (isFlat(of, value)) return this.#flat(layout, offset, value, place);
    if (value.length > length) throw errors.tooMany(place, value.length, length);
    for (const [i, element] of value.entries()) {
      this.write(of, offset + i * of.size, element, elementOf(place, i));
    }
  }

  #flat(layout: ArrayLayout, offset: number, value: readonly unknown[], place: Place): void {
    const length = scalarsIn(layout);
    const of = innermost(layout);
    this.#array({ ...layout, of, length }, offset, value, place);
  }

  #text(of: Layout, value: string, place: Place): Uint8Array {
    const { errors } = this.rules;
    const bytes = of.kind === "scalar" ? encodeText(value, of.type, place, errors) : null;
    if (!bytes) throw errors.notText(place, value, typeOf(of));
    return bytes;
  }

  #struct(layout: StructLayout, offset: number, value: unknown, place: Place): void {
    const { errors } = this.rules;
    const { view } = this.memory;
    const bytes = bytesOf(value);
    if (bytes) {
      if (bytes.byteLength !== layout.size) {
        throw errors.structSize(place, bytes.byteLength, layout.size);
      }
      return new Uint8Array(view.buffer, view.byteOffset + offset).set(bytes);
    }
    if (!isFields(value) || this.rules.memoryOf(value)) throw errors.notStruct(place, value);
    const given = new GivenFields(new Uint8Array(view.buffer, view.byteOffset + offset));
    for (const [name, held] of Object.entries(value)) {
      const field = layout.fields.find((known) => known.name === name);
      if (!field) {
        const known = layout.fields.map((field) => field.name);
        throw errors.unknownField(place, name, known);
      }
      const other = given.write(field, () =>
        this.#field(field, offset, held, fieldOf(place, name)),
      );
      if (other !== null) throw errors.sharedMemory(place, other, name);
    }
  }

  #field({ offset, layout, bits }: FieldLayout, start: number, value: unknown, place: Place): void {
    const { view } = this.memory;
    const { errors } = this.rules;
    if (layout.kind === "scalar" && layout.type.kind === "opaque") throw errors.noValue(place);
    if (bits && layout.kind === "scalar") {
      return writeBits(view, start, bits, layout.type, { value, place, errors });
    }
    const isEmpty = Array.isArray(value) && value.length === 0;
    if (isOpen(layout) && !isEmpty) throw errors.noRoom(place);
    this.write(layout, start + offset, value, place);
  }
}
