const PAGE = 0x1000;
/** Where everything lies in the file, in bytes; addresses are the same. */
const AT = {
  ...{ programHeaders: 0x40, code: 0x200, dynamic: 0x400, symbols: 0x500, strings: 0x600 },
  ...{ hash: 0x700, gnuHash: 0x740, unwind: 0x800, sections: 0x900 },
} as const;

const STRINGS = "\0outer\0inner\0chosen@@V1\0libsmall.so\0";
const nameAt = (name: string) => STRINGS.indexOf(`\0${name}`) + 1;

/**
 * A shared library with everything that is read of one: segments, sections, a dynamic segment with
 * both hash tables, functions in each other, an ifunc, unwind tables. `places`: all fields that name
 * an offset, a size, a count or an index.
 */
export function smallElf(): { readonly bytes: Buffer; readonly places: readonly number[] } {
  const bytes = Buffer.alloc(PAGE);
  const places: number[] = [];
  const u64 = (at: number, value: number) => {
    bytes.writeBigUInt64LE(BigInt(value), at);
    places.push(at, at + 4);
  };
  const u32 = (at: number, value: number) => {
    bytes.writeUInt32LE(value, at);
    places.push(at);
  };
  const u16 = (at: number, value: number) => {
    bytes.writeUInt16LE(value, at);
    places.push(at);
  };

  bytes.write("\x7fELF\x02\x01\x01", "latin1");
  u16(16, 3); // ET_DYN
  u16(18, 62); // EM_X86_64
  u64(32, AT.programHeaders);
  u64(40, AT.sections);
  u16(56, 3);
  u16(60, 4);

  const segment = (index: number, type: number, flags: number, from: number, size: number) => {
    const at = AT.programHeaders + 56 * index;
    u32(at, type);
    u32(at + 4, flags);
    for (const place of [at + 8, at + 16, at + 24]) u64(place, from);
    for (const place of [at + 32, at + 40]) u64(place, size);
  };
  segment(0, 1, 5, 0, PAGE); // PT_LOAD, r-x
  segment(1, 2, 4, AT.dynamic, 0x80); // PT_DYNAMIC
  segment(2, 0x6474e550, 4, AT.unwind, 12 + 2 * 8); // PT_GNU_EH_FRAME

  const section = (index: number, type: number, from: number, size: number, link: number) => {
    const at = AT.sections + 64 * index;
    u32(at + 4, type);
    u64(at + 24, from);
    u64(at + 32, size);
    u32(at + 40, link);
  };
  section(1, 11, AT.symbols, 4 * 24, 2); // SHT_DYNSYM
  section(2, 3, AT.strings, STRINGS.length, 0); // SHT_STRTAB
  section(3, 2, AT.symbols, 4 * 24, 2); // SHT_SYMTAB

  const symbol = (index: number, name: string, info: number, start: number, size: number) => {
    const at = AT.symbols + 24 * index;
    u32(at, nameAt(name));
    bytes[at + 4] = info;
    u16(at + 6, 1);
    u64(at + 8, start);
    u64(at + 16, size);
  };
  symbol(1, "outer", 0x12, AT.code, 0x40);
  symbol(2, "inner", 0x02, AT.code + 0x10, 0x10);
  symbol(3, "chosen@@V1", 0x1a, AT.code + 0x80, 0x20);
  bytes.write(STRINGS, AT.strings, "latin1");

  const dynamic = [
    [5, AT.strings],
    [10, STRINGS.length],
    [6, AT.symbols],
    [14, nameAt("libsmall.so")],
    [4, AT.hash],
    [0x6ffffef5, AT.gnuHash],
    [0, 0],
  ] as const;
  dynamic.forEach(([tag, value], i) => {
    u64(AT.dynamic + 16 * i, tag);
    u64(AT.dynamic + 16 * i + 8, value);
  });
  u32(AT.hash, 1);
  u32(AT.hash + 4, 4); // nchain
  u32(AT.gnuHash, 1); // buckets
  u32(AT.gnuHash + 4, 1); // first hashed symbol
  u32(AT.gnuHash + 8, 1); // words of the bloom filter
  u32(AT.gnuHash + 24, 1); // the bucket
  for (const [i, last] of [0, 0, 1].entries()) u32(AT.gnuHash + 28 + 4 * i, last);

  bytes.set([1, 0x1b, 0x03, 0x3b], AT.unwind);
  u32(AT.unwind + 8, 2);
  u32(AT.unwind + 12, AT.code - AT.unwind + 2 ** 32); // before the table: negative
  u32(AT.unwind + 20, AT.code + 0x80 - AT.unwind + 2 ** 32); // before the table: negative
  return { bytes, places };
}
