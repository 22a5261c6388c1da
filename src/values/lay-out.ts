import { assertNever, type CType } from "../model/index.js";
import { bytesOf, isOut } from "./given.js";
import { isOpen, type Layout, pointeeLayout } from "./layout.js";
import { addressOf, byteOf, floatOf, integerOf, truthOf } from "./numbers.js";
import { elementOf, fieldOf, type Place } from "./place.js";
import type { Laid, LaidPointer, ValueRules } from "./rules.js";
import { encodeText, nulBytes } from "./text.js";

type ArrayLayout = Extract<Layout, { kind: "array" }>;

/** What memory laid out as `layout` holds for `value`. @throws UsageError that names the place. */
export function laidOut<M>(
  rules: ValueRules<M>,
  layout: Layout,
  value: unknown,
  place: Place,
): Laid<M> {
  const open = layout.kind === "array" && isOpen(layout) ? layout : null;
  const whole = open ? sized(open, lengthFor(rules, open, value, place)) : layout;
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
  const isData = typeof value === "string" || Array.isArray(value) || element.kind === "struct";
  if (!isData || value === null) throw rules.errors.notPointer(place, value, typeOf(element));
  return laidOut(rules, layout, value, place);
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
  const takesFloat = element.kind === "scalar" && element.type.kind === "float";
  return bytes === element.size && isFloat === takesFloat;
}

/** As messages call what it is. */
function typeOf(layout: Layout): CType {
  if (layout.kind === "scalar") return layout.type;
  return { kind: "pointer", to: { kind: "void" }, const: false };
}

function sized(layout: ArrayLayout, length: number): Layout {
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
  return Array.isArray(value) ? value.length : 0;
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
    const { view } = this.memory;
    const { errors } = this.rules;
    if (Array.isArray(value)) throw errors.nestedArray(place);
    switch (type.kind) {
      case "float": {
        const number = floatOf(value, type, place, errors);
        if (type.bytes === 4) view.setFloat32(offset, number, true);
        else view.setFloat64(offset, number, true);
        return;
      }
      case "bool":
        return view.setUint8(offset, Number(truthOf(value, place, errors)));
      case "int": {
        const isByte = type.char && type.bytes === 1;
        const integer = isByte
          ? byteOf(value, place, errors)
          : integerOf(value, type, place, errors);
        return setInteger(view, offset, type.bytes, integer);
      }
      default:
        setInteger(view, offset, 1, byteOf(value, place, errors));
    }
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
    if (value.length > length) throw errors.tooMany(place, value.length, length);
    for (const [i, element] of value.entries()) {
      this.write(of, offset + i * of.size, element, elementOf(place, i));
    }
  }

  #text(of: Layout, value: string, place: Place): Uint8Array {
    const { errors } = this.rules;
    const bytes = of.kind === "scalar" ? encodeText(value, of.type, place, errors) : null;
    if (!bytes) throw errors.notText(place, value, typeOf(of));
    return bytes;
  }

  #struct(
    layout: Extract<Layout, { kind: "struct" }>,
    offset: number,
    value: unknown,
    place: Place,
  ): void {
    const { errors } = this.rules;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw errors.notStruct(place, value);
    }
    const known = new Map(layout.fields.map(([name, at, field]) => [name, { at, field }]));
    for (const [name, held] of Object.entries(value)) {
      const { at, field } = known.get(name) ?? {};
      if (at === undefined || field === undefined) {
        throw errors.unknownField(place, name, [...known.keys()]);
      }
      this.write(field, offset + at, held, fieldOf(place, name));
    }
  }
}

function setInteger(view: DataView, at: number, bytes: number, integer: bigint): void {
  for (let byte = 0; byte < bytes; byte++) {
    view.setUint8(at + byte, Number(BigInt.asUintN(8, integer >> BigInt(byte * 8))));
  }
}
