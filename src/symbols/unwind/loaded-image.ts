import { CfiReader } from "./cfi-reader.js";
import { type FrameDescription, readDescription } from "./frame-description.js";
import { type MemoryPages, UnwindEnd } from "./memory.js";

/** One line of /proc/PID/maps, as far as it matters here. */
export interface CodeMapping {
  readonly start: number;
  readonly end: number;
  /** PROT_* bits. */
  readonly protection: number;
  /** In bytes, into the file. */
  readonly offset: number;
  readonly inode: number;
  /** A path, `[vdso]` and the like; empty for memory of no file. */
  readonly name: string;
}

// elf(5)
const PT_LOAD = 1;
const PT_GNU_EH_FRAME = 0x6474e550;
const PHDR_SIZE = 56;
const ELF_MAGIC = 0x7f454c46;

/** Of .eh_frame_hdr: a table of { s32 start, s32 entry }, both from the header's own address. */
const DATA_RELATIVE_S4 = 0x3b;
const ROW = 8;

/**
 * The frame tables of one ELF file, read from the memory that it is loaded to: so they are there also
 * where the file is gone, and for the vdso, which has none.
 */
export class LoadedImage {
  #table: { readonly start: number; readonly rows: number; readonly header: number } | null;

  /** `start`: where its first byte is. */
  constructor(
    start: number,
    private readonly memory: MemoryPages,
  ) {
    const header = frameHeaderOf(start, memory);
    this.#table = header === null ? null : this.#tableAt(header);
  }

  /** What the file says of the function that holds `pc`; null where it says nothing. */
  describe(pc: number): FrameDescription | null {
    if (this.#table === null) return null;
    const { start, rows, header } = this.#table;
    const row = (index: number) => this.memory.bytes(start + index * ROW, ROW);
    let [low, high] = [0, rows];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (header + row(middle).readInt32LE() <= pc) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return null;
    const entry = header + row(low - 1).readInt32LE(4);
    const description = readDescription(entry, this.memory, header);
    return pc >= description.start && pc < description.end ? description : null;
  }

  #tableAt(header: number) {
    const reader = new CfiReader(this.memory.bytes(header, 32), header);
    const [version, frameEncoding, countEncoding, tableEncoding] = [
      reader.u8(),
      reader.u8(),
      reader.u8(),
      reader.u8(),
    ];
    if (version !== 1 || tableEncoding !== DATA_RELATIVE_S4) return null;
    reader.pointer(frameEncoding, this.memory, header);
    const rows = reader.count(countEncoding);
    return { start: header + reader.at, rows, header };
  }
}

/** Where .eh_frame_hdr of the file is that is loaded at `start`; null where it has none. */
function frameHeaderOf(start: number, memory: MemoryPages): number | null {
  const head = memory.bytes(start, 64);
  if (head.readUInt32BE(0) !== ELF_MAGIC) throw new UnwindEnd("no ELF file");
  const [offset, count] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(56)];
  const headers = memory.bytes(start + offset, count * PHDR_SIZE);
  let bias: number | null = null;
  let found: number | null = null;
  for (let at = 0; at < headers.length; at += PHDR_SIZE) {
    const [type, address] = [headers.readUInt32LE(at), Number(headers.readBigUInt64LE(at + 16))];
    if (type === PT_LOAD) bias ??= start - (address - Number(headers.readBigUInt64LE(at + 8)));
    if (type === PT_GNU_EH_FRAME) found = address;
  }
  return found === null || bias === null ? null : found + bias;
}

/** Where the file of a mapping begins in memory; null where that is not mapped. */
export function imageStart(mappings: readonly CodeMapping[], index: number): number | null {
  const { name, inode } = mappings[index]!;
  if (name === "") return null;
  for (let at = index; at >= 0; at--) {
    const mapping = mappings[at]!;
    if (mapping.name === name && mapping.inode === inode && mapping.offset === 0) {
      return mapping.start;
    }
  }
  return null;
}
