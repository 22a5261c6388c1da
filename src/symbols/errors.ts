import { FfiscopeError } from "../model/index.js";

/** A file that is mapped, and is no ELF file that can be understood. */
export class ElfFormatError extends FfiscopeError {
  constructor(path: string, what: string) {
    super({ code: "ELF_FORMAT", message: `${path} is not a well-formed x86-64 ELF file: ${what}` });
  }
}

/**
 * What `read` makes of a file, or null where the file is gone, must not be read, or is no ELF file
 * that can be understood: its code then has no names, and is reported so.
 */
export function unlessUnreadable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    // A RangeError: a table whose own numbers point past its end.
    if (error instanceof ElfFormatError || error instanceof RangeError) return null;
    if (UNREADABLE.has((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

/**
 * What open(2), stat(2) and read(2) say of the file itself, or of the way to it. What is wrong with this
 * process (EMFILE, ENOMEM) is not among them.
 */
const UNREADABLE = new Set([
  ...["ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP", "ENAMETOOLONG"],
  ...["EISDIR", "ENXIO", "ENODEV", "EIO", "ESTALE", "EOVERFLOW", "EINVAL"],
]);
