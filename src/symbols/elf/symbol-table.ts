import { lastAtOrBefore } from "../../model/ranges.js";
import { stringAt, u64 } from "./elf-file.js";

// elf.h
const SYM_SIZE = 24;
const SHN_UNDEF = 0;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10; // the function that picks an implementation, not the implementation
const STB_LOCAL = 0;

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
    const entries = functionEntries(table);
    const value = (at: number) => u64(table, at + 8);
    this.#table = table;
    this.#strings = strings;
    this.#entries = Uint32Array.from(entries).sort((a, b) => value(a) - value(b));
    this.#starts = Float64Array.from(this.#entries, value);
    this.#ends = this.#starts.map((start, i) => start + u64(table, this.#entries[i]! + 16));
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
    for (let i = lastAtOrBefore(this.#starts, address); i >= 0; i--) {
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

/** Byte offsets of the defined functions that have a size. */
function functionEntries(table: Buffer): number[] {
  const entries: number[] = [];
  for (let at = 0; at + SYM_SIZE <= table.length; at += SYM_SIZE) {
    const type = table[at + 4]! & 0xf;
    if (type !== STT_FUNC && type !== STT_GNU_IFUNC) continue;
    if (table.readUInt16LE(at + 6) === SHN_UNDEF || u64(table, at + 16) === 0) continue;
    entries.push(at);
  }
  return entries;
}

const underscores = (name: string) => /^_*/.exec(name)![0].length;
