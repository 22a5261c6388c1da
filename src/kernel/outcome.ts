import {
  EBADF,
  EFAULT,
  EINTR,
  ENOSYS,
  ENOTSOCK,
  ERESTART_RESTARTBLOCK,
  ERESTARTNOHAND,
  ERESTARTNOINTR,
  ERESTARTSYS,
  MAX_ERRNO,
} from "../native/errno.js";

/** The kernel writes up to so many bytes at once or not at all (put_user). */
const WORD = 8;

const RESTARTS: ReadonlySet<number> = new Set([
  ERESTARTSYS,
  ERESTARTNOINTR,
  ERESTARTNOHAND,
  ERESTART_RESTARTBLOCK,
]);

/** Errors that come before a call looks at what it was given, or that leave open whether it did. */
const UNREACHED: ReadonlySet<number> = new Set([EFAULT, ENOSYS]);

/** Errors that come before a call looks at more than its paths. */
const EARLY: ReadonlySet<number> = new Set([...UNREACHED, EBADF, ENOTSOCK]);

/** The tracee's memory after a syscall, by the addresses that the program knows. */
export interface MemoryAfter {
  /** What the kernel left at `address`; zeros where there is no memory. */
  bytes(address: number, size: number): Buffer;
  /** How many bytes from `address` on, up to `size`, the kernel can write to. */
  writableLength(address: number, size: number): number;
}

/** The memory of a process that has become another program: none of it can be read. */
export const NO_MEMORY: MemoryAfter = {
  bytes: (_address, size) => Buffer.alloc(size),
  writableLength: () => 0,
};

/** How a syscall ended. */
export class Outcome {
  /** What it returned; 0 where it failed. */
  readonly result: number;
  /** As errno(3); 0 where it succeeded. A call to be restarted was interrupted: EINTR. */
  readonly errno: number;
  /** It is to be restarted, unless a signal's handler comes between. */
  readonly restarts: boolean;

  /** `raw`: as the kernel returns it. */
  constructor(
    raw: number,
    private readonly memory: MemoryAfter,
  ) {
    const failed = raw < 0 && raw >= -MAX_ERRNO;
    this.restarts = failed && RESTARTS.has(-raw);
    this.result = failed ? 0 : raw;
    this.errno = this.restarts ? EINTR : failed ? -raw : 0;
  }

  bytes(address: number, size: number): Buffer {
    return this.memory.bytes(address, size);
  }

  /** A structure that the kernel could not write all of: as much as it could, it has. */
  writtenBeforeFault(address: number, size: number): number {
    if (this.errno !== EFAULT || size <= WORD) return 0;
    const length = this.memory.writableLength(address, size);
    return length < size ? length : 0;
  }

  get succeeded(): boolean {
    return this.errno === 0;
  }

  get interrupted(): boolean {
    return this.errno === EINTR;
  }

  /** The kernel has such a call. */
  get exists(): boolean {
    return this.errno !== ENOSYS;
  }

  /** The call got as far as reading its paths. */
  get wasReached(): boolean {
    return !UNREACHED.has(this.errno);
  }

  /** The call got as far as looking at its structures. */
  get lookedAt(): boolean {
    return !EARLY.has(this.errno);
  }
}
