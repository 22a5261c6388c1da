/** The part of an ELF64 file that a section header calls `.text` (elf(5)). */
export function textSection(file: Buffer): { readonly address: number; readonly code: Uint8Array } {
  const headers = Number(file.readBigUInt64LE(0x28)); // e_shoff
  const size = file.readUInt16LE(0x3a); // e_shentsize
  const count = file.readUInt16LE(0x3c); // e_shnum
  const field = (section: number, offset: number) =>
    Number(file.readBigUInt64LE(headers + section * size + offset));
  const names = field(file.readUInt16LE(0x3e), 0x18); // of the section that e_shstrndx says
  for (let section = 0; section < count; section++) {
    const name = names + file.readUInt32LE(headers + section * size);
    if (file.toString("latin1", name, name + 6) !== ".text\0") continue;
    const offset = field(section, 0x18);
    const code = Uint8Array.from(file.subarray(offset, offset + field(section, 0x20)));
    return { address: field(section, 0x10), code };
  }
  throw new Error("no .text in the file");
}
