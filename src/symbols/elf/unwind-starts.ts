import { type ElfFile, PT_GNU_EH_FRAME } from "./elf-file.js";

// Linux Standard Base, Core, "Exception Frames".
const VERSION = 1;
const DW_EH_PE_udata4 = 0x03;
const DW_EH_PE_sdata4 = 0x0b;
const DW_EH_PE_datarel = 0x30;

const HEADER_SIZE = 12;
const ROW_SIZE = 8;

/**
 * Where functions start, sorted, from .eh_frame_hdr's search table. It survives `strip`: in a
 * stripped libc it is all there is. Empty where there is none, or none as linkers write it.
 */
export function readUnwindStarts(file: ElfFile): Float64Array {
  const segment = file.segments.find(({ type }) => type === PT_GNU_EH_FRAME);
  if (!segment || segment.fileSize < HEADER_SIZE) return new Float64Array();
  // { u8 version, pointer encoding, count encoding, table encoding; s32 pointer; u32 count; table }
  const bytes = file.read(segment.offset, segment.fileSize);
  const usual =
    bytes[0] === VERSION &&
    (bytes[1]! & 0x0f) === DW_EH_PE_sdata4 &&
    bytes[2] === DW_EH_PE_udata4 &&
    bytes[3] === (DW_EH_PE_datarel | DW_EH_PE_sdata4);
  if (!usual) return new Float64Array();
  const rows = Math.min(bytes.readUInt32LE(8), Math.floor((bytes.length - HEADER_SIZE) / ROW_SIZE));
  return Float64Array.from(
    { length: rows },
    (_, row) => segment.address + bytes.readInt32LE(HEADER_SIZE + row * ROW_SIZE),
  );
}
