import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { ElfFormatError } from "../errors.js";

// elf(5), and the System V ABI's ELF-64 layout.
export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_GNU_EH_FRAME = 0x6474e550;
export const PF_X = 1;
export const SHT_SYMTAB = 2;
export const SHT_DYNSYM = 11;

const MAGIC_64_LITTLE = 0x7f454c46_0201n; // \x7fELF, ELFCLASS64, ELFDATA2LSB
const EHDR_SIZE = 64;
const PHDR_SIZE = 56;
const SHDR_SIZE = 64;

/**
 * What may be read of one file, in bytes, all tables together: five times what Node's own symbols and
 * their names take. Whoever reads it does nothing else meanwhile, and the file is a stranger's.
 */
const MAX_READ = 128 * 1024 * 1024;

/** Segments that are loaded, at most: linkers make four to ten. */
const MAX_LOADED = 256;

/** A file may be exchanged for one that never opens (a FIFO), or that does something when it is (a device). */
const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;

export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
}

export interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** Index of the section with its strings. */
  readonly link: number;
}

/** Exact up to 2^53, past every address and offset there is. */
export const u64 = (bytes: Buffer, at: number): number =>
  bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;

/** An open ELF file and its two tables of contents. Addresses are the file's own: unrelocated. */
export class ElfFile implements Disposable {
  readonly segments: readonly Segment[];
  /** Empty where they were stripped. */
  readonly sections: readonly Section[];
  /** Which file this is, and of when: the same at each time that it is opened, unless exchanged. */
  readonly version: string;
  readonly #fd: number;
  /** In bytes. */
  readonly #size: number;
  /** What may still be read, in bytes. */
  #left = MAX_READ;

  constructor(readonly path: string) {
    this.#fd = openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    try {
      const stats = fstatSync(this.#fd);
      if (!stats.isFile()) throw new ElfFormatError(path, "it is no regular file");
      this.#size = stats.size;
      this.version = `${stats.dev} ${stats.ino} ${stats.mtimeMs} ${stats.size}`;
      const header = this.read(0, EHDR_SIZE);
      if (header.readBigUInt64BE(0) >> 16n !== MAGIC_64_LITTLE) {
        throw new ElfFormatError(path, "its first bytes say otherwise");
      }
      this.segments = this.#table(u64(header, 32), header.readUInt16LE(56), PHDR_SIZE).map(segment);
      this.sections = this.#table(u64(header, 40), header.readUInt16LE(60), SHDR_SIZE).map(section);
      const loaded = this.segments.filter(({ type }) => type === PT_LOAD).length;
      if (loaded > MAX_LOADED) throw new ElfFormatError(path, `it loads ${loaded} segments`);
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** Exactly `size` bytes at file offset `offset`. No memory is taken for what is not in the file. */
  read(offset: number, size: number): Buffer {
    if (offset + size > this.#size) throw new ElfFormatError(this.path, "it is cut short");
    this.#left -= size;
    if (!(this.#left >= 0)) throw new ElfFormatError(this.path, `a table of ${size} bytes`);
    const bytes = Buffer.allocUnsafe(size);
    for (let done = 0; done < size; ) {
      const count = readSync(this.#fd, bytes, done, size - done, offset + done);
      if (count === 0) throw new ElfFormatError(this.path, "it is cut short");
      done += count;
    }
    return bytes;
  }

  /** The file offset of what is loaded at `address`, and how many bytes of its segment follow. */
  loadedFrom(address: number): { offset: number; rest: number } {
    const from = this.segments.find(
      ({ type, address: start, fileSize }) =>
        type === PT_LOAD && address >= start && address < start + fileSize,
    );
    if (!from) throw new ElfFormatError(this.path, `no segment holds 0x${address.toString(16)}`);
    const into = address - from.address;
    return { offset: from.offset + into, rest: from.fileSize - into };
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #table(offset: number, count: number, entry: number): Buffer[] {
    if (offset === 0 || count === 0) return [];
    const bytes = this.read(offset, count * entry);
    return Array.from({ length: count }, (_, i) => bytes.subarray(i * entry, (i + 1) * entry));
  }
}

function segment(header: Buffer): Segment {
  return {
    type: header.readUInt32LE(0),
    flags: header.readUInt32LE(4),
    offset: u64(header, 8),
    address: u64(header, 16),
    fileSize: u64(header, 32),
  };
}

function section(header: Buffer): Section {
  return {
    type: header.readUInt32LE(4),
    offset: u64(header, 24),
    size: u64(header, 32),
    link: header.readUInt32LE(40),
  };
}

/** The NUL-terminated string at `offset` of a string table. */
export function stringAt(strings: Buffer, offset: number): string {
  const end = strings.indexOf(0, offset);
  return strings.toString("utf8", offset, end < 0 ? strings.length : end);
}
