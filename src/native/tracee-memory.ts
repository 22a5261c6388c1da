import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import type { Pid, Tid, TraceeAddress } from "../model/index.js";
import { ThreadGone } from "./thread-gone.js";

/**
 * The tracee's memory through /proc/PID/mem: reads and writes whatever its protection (proc(5)).
 * It belongs to one address space: an execve makes it stale.
 */
export class TraceeMemory {
  readonly #fd: number;

  constructor(readonly pid: Pid) {
    this.#fd = openSync(`/proc/${pid}/mem`, constants.O_RDWR);
  }

  /** Reads up to `into.byteLength` bytes; returns how many were there before unmapped memory. */
  read(address: TraceeAddress, into: Uint8Array): number {
    try {
      return readSync(this.#fd, into, 0, into.byteLength, address);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EIO") return 0;
      throw error;
    }
  }

  write(address: TraceeAddress, bytes: Uint8Array): void {
    let written = 0;
    while (written < bytes.byteLength) {
      const rest = bytes.byteLength - written;
      const count = writeSync(this.#fd, bytes, written, rest, address + written);
      if (count === 0) throw new ThreadGone(this.pid as number as Tid); // its memory is torn down
      written += count;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
