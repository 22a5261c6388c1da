import { readDynamic } from "./elf/dynamic.js";
import { ElfFile, stringAt } from "./elf/elf-file.js";
import { unlessUnreadable } from "./errors.js";

// elf.h: of an Elf64_Sym
const SYM_SIZE = 24;
const SHN_UNDEF = 0;
const FUNCTIONS: ReadonlySet<number> = new Set([2, 10]); // STT_FUNC, STT_GNU_IFUNC

/** The names of the functions that a library exports; none where it cannot be read. */
export function exportedFunctions(path: string): readonly string[] {
  return unlessUnreadable(() => read(path)) ?? [];
}

function read(path: string): string[] {
  using file = new ElfFile(path);
  const symbols = readDynamic(file)?.symbols();
  if (!symbols) return [];
  const { table, strings } = symbols;
  const names: string[] = [];
  for (let at = 0; at + SYM_SIZE <= table.length; at += SYM_SIZE) {
    const isDefined = table.readUInt16LE(at + 6) !== SHN_UNDEF;
    if (isDefined && FUNCTIONS.has(table[at + 4]! & 0xf)) {
      names.push(stringAt(strings, table.readUInt32LE(at)));
    }
  }
  return names;
}
