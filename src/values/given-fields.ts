import type { FieldLayout } from "./layout.js";

interface Extent {
  readonly start: number;
  readonly end: number;
}

/** An object's own fields: not a Map, a Date or a promise, which have none. */
export function isFields(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null;
  return isPlain || Object.keys(value).length > 0;
}

/** The fields of one struct that are written: those of a union share their memory. */
export class GivenFields {
  readonly #written: { readonly name: string; readonly bits: Extent }[] = [];

  constructor(
    /** From the struct's start. */
    private readonly bytes: Uint8Array,
  ) {}

  /** The field that was written before `field`, shares memory with it, and said something else; null for none. */
  write(field: FieldLayout, write: () => void): string | null {
    const bits = bitsOf(field);
    const shared = this.#written.filter(({ bits: other }) => overlapOf(bits, other) !== null);
    const before = shared.length > 0 ? this.bytes.slice(0, Math.ceil(bits.end / 8)) : null;
    write();
    this.#written.push({ name: field.name, bits });
    if (!before) return null;
    const changed = shared.find(({ bits: other }) => {
      const { start, end } = overlapOf(bits, other)!;
      for (let bit = start; bit < end; bit++) {
        if (bitAt(before, bit) !== bitAt(this.bytes, bit)) return true;
      }
      return false;
    });
    return changed?.name ?? null;
  }
}

function bitsOf({ offset, layout, bits }: FieldLayout): Extent {
  if (bits) return { start: bits.offset, end: bits.offset + bits.width };
  return { start: offset * 8, end: (offset + layout.size) * 8 };
}

function overlapOf(a: Extent, b: Extent): Extent | null {
  const [start, end] = [Math.max(a.start, b.start), Math.min(a.end, b.end)];
  return start < end ? { start, end } : null;
}

function bitAt(bytes: Uint8Array, bit: number): number {
  return (bytes[Math.floor(bit / 8)]! >> (bit % 8)) & 1;
}
