import { statSync } from "node:fs";
import { ElfImage } from "./elf/elf-image.js";
import { unlessUnreadable } from "./errors.js";
import type { MappedFile } from "./mapped-files.js";

/** The last version of each file, for the life of the process: Node's own symbols take 80 ms to read. */
const images = new Map<string, { readonly version: string; readonly image: ElfImage | null }>();

/**
 * The ELF image at a mapped file's path; null where the file is gone, must not be read, or is no
 * ELF file: it then has no symbols, which is what its addresses are reported with.
 */
export function imageOfFile({ path, identity, deleted }: MappedFile): ElfImage | null {
  if (deleted) return null;
  const stats = unlessUnreadable(() => statSync(path));
  if (!stats?.isFile()) return null;
  // A compiler writes its output anew, and may well get the same inode.
  const version = `${identity} ${stats.mtimeMs} ${stats.size}`;
  const known = images.get(path);
  if (known?.version === version) return known.image;
  const image = unlessUnreadable(() => new ElfImage(path));
  images.set(path, { version, image });
  return image;
}
