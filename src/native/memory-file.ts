import { fstatSync, readlinkSync } from "node:fs";
import koffi from "koffi";
import { EBADF, EINVAL } from "./errno.js";
import { check, libc } from "./libc.js";

// linux/fcntl.h
const F_GETFL = 3;
const F_ADD_SEALS = 1033;
const F_GET_SEALS = 1034;
const F_SEAL_SEAL = 1;
const F_SEAL_SHRINK = 2;
const F_SEAL_GROW = 4;
const F_SEAL_WRITE = 8;
const F_SEAL_FUTURE_WRITE = 16;

const O_ACCMODE = 3; // asm-generic/fcntl.h
const O_RDWR = 2;

const fcntl = libc.func("fcntl", "int", ["int", "int", "int"]);

/** What a descriptor is that somebody else has opened. */
export interface MemoryFileFacts {
  /** A memfd (memfd_create(2)), which lives in memory and is at no path. */
  readonly isMemoryFile: boolean;
  /** It can be read and written. */
  readonly isReadWrite: boolean;
  /** Nobody can make it smaller. */
  readonly keepsSize: boolean;
  /** In bytes. */
  readonly size: number;
}

/** Looks at a descriptor; nothing is read from it, and nothing can wait for it. Throws SystemError. */
export function memoryFileFacts(fd: number): MemoryFileFacts {
  const stats = fstatSync(fd);
  const seals = sealsOf(fd);
  const flags = check("fcntl", fcntl(fd, F_GETFL, 0));
  // A file of a tmpfs has seals too, and a path.
  const isMemoryFile =
    stats.isFile() && stats.nlink === 0 && seals !== null && isNamelessMemory(fd);
  const isWritable = ((seals ?? 0) & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) === 0;
  return {
    isMemoryFile,
    isReadWrite: (flags & O_ACCMODE) === O_RDWR && isWritable,
    keepsSize: ((seals ?? 0) & F_SEAL_SHRINK) !== 0,
    size: stats.size,
  };
}

/** Null for what is no file in memory, or, though open, none that can be looked into (O_PATH). */
function sealsOf(fd: number): number | null {
  const seals = fcntl(fd, F_GET_SEALS, 0);
  const isNone = seals < 0 && [EINVAL, EBADF].includes(koffi.errno());
  return isNone ? null : check("fcntl", seals);
}

function isNamelessMemory(fd: number): boolean {
  return readlinkSync(`/proc/self/fd/${fd}`).startsWith("/memfd:");
}

/** Nobody can make a memfd smaller from now on. False where whoever made it does not allow that. */
export function sealAgainstShrinking(fd: number): boolean {
  return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) === 0;
}

/** A memfd keeps the size that it has: memory that is mapped stays there. Throws SystemError. */
export function sealSize(fd: number): void {
  check("fcntl", fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
}
