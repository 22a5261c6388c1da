import { lastAtOrBefore } from "../../model/ranges.js";
import { stringAt } from "./elf-file.js";

// elf.h
const SYM_SIZE = 24;
const VALUE = 8; // st_value, of an Elf64_Sym
const SIZE = 16; // st_size
const SHN_UNDEF = 0;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10; // the function that picks an implementation, not the implementation
const STB_LOCAL = 0;

/**
 * A table of more functions is not taken: a part of it would name some wrongly, and to sort it takes
 * too long. Node's own has 110,000.
 */
const MAX_FUNCTIONS = 2 ** 18;

/** Functions before an address that are looked at: in a table as compilers write it, the first holds it. */
const MAX_NESTED = 4096;

/** A function of an ELF file, at the file's own addresses. */
export interface FunctionSymbol {
  readonly name: string;
  readonly start: number;
  /** The first byte past it. */
  readonly end: number;
}

/**
 * The functions of one symbol table, sorted by address, as columns: Node's own table has 110,000.
 * Names stay where they are until one is asked for.
 */
export class SymbolTable {
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  /** The largest end of this and every earlier function: where a search backwards may stop. */
  readonly #reach: Float64Array;
  /** Byte offset of the symbol in `#table`. */
  readonly #entries: Uint32Array;
  readonly #table: Buffer;
  readonly #strings: Buffer;

  constructor(table: Buffer, strings: Buffer) {
    this.#table = table;
    this.#strings = strings;
    const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
    this.#entries = inOrder(view, functionEntries(view));
    this.#starts = columnOf(view, this.#entries, VALUE);
    this.#ends = columnOf(view, this.#entries, SIZE);
    for (let i = 0; i < this.#ends.length; i++) this.#ends[i]! += this.#starts[i]!;
    this.#reach = this.#ends.slice();
    for (let i = 1; i < this.#reach.length; i++) {
      this.#reach[i] = Math.max(this.#reach[i]!, this.#reach[i - 1]!);
    }
  }

  get size(): number {
    return this.#entries.length;
  }

  /** The innermost function that holds `address`, under its best name. */
  at(address: number): FunctionSymbol | null {
    let found: number | null = null;
    const last = lastAtOrBefore(this.#starts, address);
    for (let i = last; i >= Math.max(0, last - MAX_NESTED); i--) {
      if (this.#reach[i]! <= address) break;
      if (found !== null && this.#starts[i] !== this.#starts[found]) break;
      if (this.#ends[i]! <= address) continue;
      if (found === null || this.#prefers(i, found)) found = i;
    }
    if (found === null) return null;
    return { name: this.#name(found), start: this.#starts[found]!, end: this.#ends[found]! };
  }

  /** The start of the first function past `address`, or Infinity. */
  nextStart(address: number): number {
    return this.#starts[lastAtOrBefore(this.#starts, address) + 1] ?? Number.POSITIVE_INFINITY;
  }

  /** Without `@VERSION`, which old linkers wrote into .symtab. */
  #name(index: number): string {
    const name = stringAt(this.#strings, this.#table.readUInt32LE(this.#entries[index]!));
    return name.replace(/@.*$/, "");
  }

  /** Of two names for one address: a function, that others can see, as its callers write it. */
  #prefers(index: number, other: number): boolean {
    const [name, otherName] = [this.#name(index), this.#name(other)];
    return (
      (this.#rank(index) - this.#rank(other) ||
        underscores(name) - underscores(otherName) ||
        name.length - otherName.length ||
        (name < otherName ? -1 : 1)) < 0
    );
  }

  #rank(index: number): number {
    const info = this.#table[this.#entries[index]! + 4]!;
    return ((info & 0xf) === STT_FUNC ? 0 : 2) + (info >> 4 === STB_LOCAL ? 1 : 0);
  }
}

/** Byte offsets of the defined functions that have a size; none where there are too many. */
function functionEntries(table: DataView): Uint32Array {
  const entries = new Uint32Array(MAX_FUNCTIONS);
  let count = 0;
  for (let at = 0; at + SYM_SIZE <= table.byteLength; at += SYM_SIZE) {
    const type = table.getUint8(at + 4) & 0xf;
    if (type !== STT_FUNC && type !== STT_GNU_IFUNC) continue;
    if (table.getUint16(at + 6, true) === SHN_UNDEF || long(table, at + SIZE) === 0) continue;
    if (count === MAX_FUNCTIONS) return new Uint32Array();
    entries[count++] = at;
  }
  return entries.subarray(0, count);
}

/**
 * `entries` by address. Numbers alone are sorted ten times as fast as with a comparison of ours: so
 * the addresses are, and each entry then finds its place among them.
 */
function inOrder(table: DataView, entries: Uint32Array): Uint32Array {
  const starts = columnOf(table, entries, VALUE).sort();
  const taken = new Uint32Array(starts.length);
  const sorted = new Uint32Array(starts.length);
  for (let i = 0; i < entries.length; i++) {
    const at = entries[i]!;
    const last = lastAtOrBefore(starts, long(table, at + VALUE));
    sorted[last - taken[last]!++] = at;
  }
  return sorted;
}

function columnOf(table: DataView, entries: Uint32Array, field: number): Float64Array {
  const column = new Float64Array(entries.length);
  for (let i = 0; i < entries.length; i++) column[i] = long(table, entries[i]! + field);
  return column;
}

/** Exact up to 2^53. */
function long(table: DataView, at: number): number {
  return table.getUint32(at, true) + table.getUint32(at + 4, true) * 2 ** 32;
}

const underscores = (name: string) => /^_*/.exec(name)![0].length;
