import { basename } from "node:path";
import { lastAtOrBefore } from "../../model/ranges.js";
import { unlessUnreadable } from "../errors.js";
import { readDynamic } from "./dynamic.js";
import { ElfFile, PF_X, PT_LOAD, type Segment, SHT_DYNSYM, SHT_SYMTAB } from "./elf-file.js";
import { type FunctionSymbol, SymbolTable } from "./symbol-table.js";
import { readUnwindStarts } from "./unwind-starts.js";

interface Tables {
  readonly symbols: SymbolTable;
  /** Where functions start, by the unwind tables. */
  readonly unwindStarts: Float64Array;
}

const NO_SYMBOLS = new SymbolTable(Buffer.alloc(0), Buffer.alloc(0));
const NO_TABLES: Tables = { symbols: NO_SYMBOLS, unwindStarts: new Float64Array() };

/**
 * What one ELF file says of its functions, at the file's own addresses. Headers are read at once,
 * the symbols when they are first asked for.
 */
export class ElfImage {
  /** DT_SONAME, or the file's name where that is not there or empty. */
  readonly name: string;
  readonly #segments: readonly Segment[];
  readonly #version: string;
  #tables: Tables | null = null;

  constructor(readonly path: string) {
    using file = new ElfFile(path);
    this.#version = file.version;
    this.#segments = file.segments.filter(({ type }) => type === PT_LOAD);
    this.name = readDynamic(file)?.soname || basename(path);
  }

  /**
   * The address of the code at file offset `offset`. Segments that meet within a page are mapped
   * with each other's bytes: of two that fit, the executable one is meant.
   */
  addressOf(offset: number): number | null {
    const fits = this.#segments.filter(
      ({ offset: start, fileSize }) => offset >= start && offset < start + fileSize,
    );
    const segment = fits.find(({ flags }) => flags & PF_X) ?? fits[0];
    return segment ? segment.address + (offset - segment.offset) : null;
  }

  functionAt(address: number): FunctionSymbol | null {
    return this.#load().symbols.at(address);
  }

  /** The first address past `address` where a function is known to start, or Infinity. */
  nextStart(address: number): number {
    const { symbols, unwindStarts } = this.#load();
    const unwind = unwindStarts[lastAtOrBefore(unwindStarts, address) + 1];
    return Math.min(symbols.nextStart(address), unwind ?? Number.POSITIVE_INFINITY);
  }

  #load(): Tables {
    this.#tables ??= unlessUnreadable(() => readTables(this.path, this.#version)) ?? NO_TABLES;
    return this.#tables;
  }
}

function readTables(path: string, version: string): Tables {
  using file = new ElfFile(path);
  if (file.version !== version) return NO_TABLES; // another one is there now
  return { symbols: readSymbols(file), unwindStarts: readUnwindStarts(file) };
}

/** .symtab, else .dynsym, else (sections stripped) what the dynamic loader goes by. */
function readSymbols(file: ElfFile): SymbolTable {
  for (const wanted of [SHT_SYMTAB, SHT_DYNSYM]) {
    const section = file.sections.find(({ type }) => type === wanted);
    const strings = section && file.sections[section.link];
    if (!section || !strings) continue;
    const symbols = new SymbolTable(
      file.read(section.offset, section.size),
      file.read(strings.offset, strings.size),
    );
    if (symbols.size > 0) return symbols;
  }
  const dynamic = readDynamic(file)?.symbols();
  return dynamic ? new SymbolTable(dynamic.table, dynamic.strings) : NO_SYMBOLS;
}
