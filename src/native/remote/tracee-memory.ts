import { constants, readSync, writeSync } from "node:fs";
import {
  type AddressRange,
  FfiscopeError,
  type Pid,
  type Tid,
  type TraceeAddress,
  USER_SPACE_END,
} from "../../model/index.js";
import { closeFile } from "../files.js";
import { openProcFile } from "../proc-file.js";
import { ThreadGone } from "../ptrace/thread-gone.js";

/** Memory that has been moved away from where the program knows it. */
export interface MemoryElsewhere {
  readonly isEmpty: boolean;
  /** From where the program knows it to where it is, in bytes. */
  readonly distance: number | null;
  /** The parts of `[start, end)` that are elsewhere, in order. */
  clip(start: number, end: number): readonly AddressRange[];
}

/** Memory that tracing needs is not mapped any more. */
export class TraceeMemoryLost extends FfiscopeError {
  constructor(address: number) {
    super({
      code: "TRACEE_MEMORY_LOST",
      message: `memory that tracing needs is gone from the traced process (0x${address.toString(16)})`,
      remedy: "A program has to leave mappings alone that it has not made",
    });
  }
}

/**
 * The tracee's memory through /proc/PID/mem: reads and writes whatever its protection (proc(5)).
 * It belongs to one address space: an execve makes it stale.
 */
export class TraceeMemory {
  readonly #fd: number;
  #isOpen = true;
  /** All addresses here are the program's. */
  elsewhere: MemoryElsewhere | null = null;

  constructor(readonly pid: Pid) {
    const fd = openProcFile(pid, "mem", constants.O_RDWR);
    if (fd === null) throw new ThreadGone(pid as number as Tid);
    this.#fd = fd;
  }

  /** Reads up to `into.byteLength` bytes; returns how many were there before unmapped memory. */
  read(address: TraceeAddress, into: Uint8Array): number {
    if (this.elsewhere === null || this.elsewhere.isEmpty) return this.#read(address, into);
    let done = 0;
    for (const [at, length] of this.#parts(address, into.byteLength)) {
      const count = this.#read(at, into.subarray(done, done + length));
      done += count;
      if (count < length) break;
    }
    return done;
  }

  /**
   * Fills `into` from memory that has to be there: code that runs, or memory of ours. False where the
   * whole address space is gone. Throws {@link TraceeMemoryLost}: else it would be taken for empty.
   */
  fill(address: TraceeAddress, into: Uint8Array): boolean {
    for (let done = this.read(address, into); done < into.byteLength; ) {
      const more = this.#readMapped(address + done, into.subarray(done));
      if (more === null) throw new TraceeMemoryLost(address + done);
      if (more === 0) return false;
      done += more;
    }
    return true;
  }

  write(address: TraceeAddress, bytes: Uint8Array): void {
    if (this.elsewhere === null || this.elsewhere.isEmpty) return this.#write(address, bytes);
    let done = 0;
    for (const [at, length] of this.#parts(address, bytes.byteLength)) {
      this.#write(at, bytes.subarray(done, done + length));
      done += length;
    }
  }

  close(): void {
    if (this.#isOpen) closeFile(this.#fd);
    this.#isOpen = false;
  }

  /** Where the bytes are, part by part. */
  *#parts(address: number, length: number): Generator<[at: number, length: number]> {
    const { distance } = this.elsewhere!;
    const end = address + length;
    let at = address;
    for (const part of this.elsewhere!.clip(address, end)) {
      if (part.start > at) yield [at, part.start - at];
      yield [part.start + distance!, part.end - part.start];
      at = part.end;
    }
    if (at < end) yield [at, end - at];
  }

  #read(address: number, into: Uint8Array): number {
    return this.#readMapped(address, into) ?? 0;
  }

  /** Null where nothing is mapped at `address`, 0 where nothing is anywhere. */
  #readMapped(address: number, into: Uint8Array): number | null {
    if (address < 0 || address >= USER_SPACE_END) return null; // whatever a register holds
    try {
      return readSync(this.#fd, into, 0, into.byteLength, address);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EIO") return null;
      throw error;
    }
  }

  #write(address: number, bytes: Uint8Array): void {
    let written = 0;
    while (written < bytes.byteLength) {
      const rest = bytes.byteLength - written;
      const count = writeSync(this.#fd, bytes, written, rest, address + written);
      if (count === 0) throw new ThreadGone(this.pid as number as Tid); // its memory is torn down
      written += count;
    }
  }
}
