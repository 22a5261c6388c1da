import { type ElfFile, PT_DYNAMIC, stringAt, u64 } from "./elf-file.js";

// elf.h
const DT_NULL = 0;
const DT_HASH = 4;
const DT_STRTAB = 5;
const DT_SYMTAB = 6;
const DT_STRSZ = 10;
const DT_SONAME = 14;
const DT_GNU_HASH = 0x6ffffef5;

/** In bytes: two million symbols. */
const MAX_HASH_TABLE = 16 * 1024 * 1024;

const DYN_SIZE = 16;
const SYM_SIZE = 24;

/** What the dynamic loader knows of a library: there even when every section was stripped. */
export interface DynamicInfo {
  readonly soname: string | null;
  /** The bytes of the dynamic symbols and of their names. */
  symbols(): { table: Buffer; strings: Buffer } | null;
}

/** Reads PT_DYNAMIC; null in a static executable. `symbols` needs `file` to be open still. */
export function readDynamic(file: ElfFile): DynamicInfo | null {
  const segment = file.segments.find(({ type }) => type === PT_DYNAMIC);
  if (!segment) return null;
  const bytes = file.read(segment.offset, segment.fileSize);
  const tags = new Map<number, number>();
  for (let at = 0; at + DYN_SIZE <= bytes.length && u64(bytes, at) !== DT_NULL; at += DYN_SIZE) {
    tags.set(u64(bytes, at), u64(bytes, at + 8));
  }
  const readAt = (address: number, size: number) =>
    file.read(file.loadedFrom(address).offset, size);
  const strings = () => readAt(tags.get(DT_STRTAB) ?? 0, tags.get(DT_STRSZ) ?? 0);
  const soname = tags.get(DT_SONAME);
  return {
    soname: soname === undefined ? null : stringAt(strings(), soname),
    symbols() {
      const address = tags.get(DT_SYMTAB);
      const count = symbolCount(file, tags);
      if (address === undefined || count === 0) return null;
      return { table: readAt(address, count * SYM_SIZE), strings: strings() };
    },
  };
}

/** Nothing says how many dynamic symbols there are; the hash tables, which list them, do. */
function symbolCount(file: ElfFile, tags: ReadonlyMap<number, number>): number {
  const gnu = tags.get(DT_GNU_HASH);
  if (gnu !== undefined) return gnuHashCount(file, gnu);
  const hash = tags.get(DT_HASH);
  // { nbucket, nchain, .. }: one chain entry a symbol.
  return hash === undefined ? 0 : file.read(file.loadedFrom(hash).offset, 8).readUInt32LE(4);
}

/**
 * `{ nbuckets, symoffset, bloom_size, bloom_shift, u64 bloom[], u32 buckets[], u32 chains[] }`:
 * a bucket holds its first symbol, and a chain ends at the entry whose lowest bit is set.
 */
function gnuHashCount(file: ElfFile, address: number): number {
  const { offset, rest } = file.loadedFrom(address);
  const table = file.read(offset, Math.min(rest, MAX_HASH_TABLE));
  const buckets = 16 + table.readUInt32LE(8) * 8;
  const bucketCount = table.readUInt32LE(0);
  const firstHashed = table.readUInt32LE(4);
  let last = -1;
  for (let i = 0; i < bucketCount; i++) {
    last = Math.max(last, table.readUInt32LE(buckets + i * 4));
  }
  if (last < firstHashed) return firstHashed;
  const chains = buckets + bucketCount * 4;
  while ((table.readUInt32LE(chains + (last - firstHashed) * 4) & 1) === 0) last++;
  return last + 1;
}
