/** One line of /proc/PID/maps (proc_pid_maps(5)) that maps a file. */
export interface MappedFile {
  readonly start: number;
  readonly end: number;
  /** In bytes, into the file. */
  readonly offset: number;
  readonly path: string;
  /** The file that was mapped is no longer at `path`; another may be. */
  readonly deleted: boolean;
  /** `major:minor inode`, as the kernel writes them. */
  readonly identity: string;
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) (\S+ \d+) *(.*)$/;
const DELETED = " (deleted)";

/** Looks like a path, and is memory: memfd_create(2), SysV and POSIX shared memory, devices. */
const MEMORY = /^\/(memfd:|SYSV|dev\/)/;

/** The kernel writes a newline in a path as `\012`, and nothing else so. */
const unescaped = (path: string) => path.replaceAll("\\012", "\n");

/**
 * The mappings of files, in order of address (as the kernel lists them). Mappings of nothing, of
 * memory alone and of `[vdso]`, `[heap]` and the like are left out.
 */
export function parseMappedFiles(mapsText: string): MappedFile[] {
  const files: MappedFile[] = [];
  for (const line of mapsText.split("\n")) {
    const [, start, end, offset, identity, name] = LINE.exec(line) ?? [];
    if (!name?.startsWith("/") || MEMORY.test(name)) continue;
    const deleted = name.endsWith(DELETED);
    files.push({
      start: Number.parseInt(start!, 16),
      end: Number.parseInt(end!, 16),
      offset: Number.parseInt(offset!, 16),
      path: unescaped(deleted ? name.slice(0, -DELETED.length) : name),
      deleted,
      identity: identity!,
    });
  }
  return files;
}
