import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { toHex, USER_SPACE_END } from "../model/index.js";
import { decodeText } from "../values/index.js";
import { scopeErrors } from "./errors.js";
import type { Host } from "./host.js";
import type { ScopeHeap } from "./scope-heap.js";

/** Text is looked for so far, in bytes; of a result, for each call looks, less far. */
const LONGEST_TEXT = 2 ** 24;
export const LONGEST_RESULT_TEXT = 2 ** 20;

/** Read at a time, in bytes: most texts are short. */
const FIRST_CHUNK = 4096;
const LARGEST_CHUNK = 2 ** 20;

/**
 * Any memory of a host that runs no call: through /proc/PID/mem, as a debugger does. The traced heap,
 * whose addresses are guarded, is read where we have it open.
 */
export class HostMemory {
  constructor(
    private readonly host: Pick<Host, "pid">,
    private readonly heap: ScopeHeap,
  ) {}

  /** Throws FfiscopeError MEMORY_UNREADABLE. */
  read(address: bigint, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    const read = this.#upTo(address, bytes);
    if (read < length) throw scopeErrors.unreadable(toHex(address + BigInt(read)));
    return bytes;
  }

  /** Throws FfiscopeError MEMORY_UNREADABLE. */
  write(address: bigint, bytes: Uint8Array): void {
    let fd: number | null = null;
    try {
      fd = openSync(`/proc/${this.host.pid}/mem`, "r+");
      for (let done = 0; done < bytes.byteLength; ) {
        const rest = bytes.byteLength - done;
        done += writeSync(fd, bytes, done, rest, Number(address) + done);
      }
    } catch (error) {
      throw isNoMemory(error) ? scopeErrors.unreadable(toHex(address)) : error;
    } finally {
      if (fd !== null) closeSync(fd);
    }
  }

  /**
   * Characters of `size` bytes, up to a NUL, which is looked for within `most` bytes. Throws FfiscopeError
   * MEMORY_UNREADABLE, TEXT_TOO_LONG.
   */
  text(address: bigint, size: number, most = LONGEST_TEXT): string {
    const chunks: Buffer[] = [];
    let at = address;
    for (let length = FIRST_CHUNK; at - address < most; length *= 2) {
      const chunk = Buffer.alloc(Math.min(length, LARGEST_CHUNK));
      const read = this.#upTo(at, chunk);
      const found = chunk.subarray(0, read - (read % size));
      const end = endOf(found, size);
      chunks.push(found.subarray(0, end ?? found.length));
      if (end !== null) return decodeText(Buffer.concat(chunks), size);
      at += BigInt(found.length);
      if (read < chunk.length) throw scopeErrors.unreadable(toHex(at));
    }
    throw scopeErrors.noNul(toHex(address), most);
  }

  /** How many bytes could be read. */
  #upTo(address: bigint, bytes: Buffer): number {
    if (address < 0n || address >= BigInt(USER_SPACE_END)) return 0;
    const inHeap = this.heap.bytesAt(address, bytes.length);
    if (inHeap) return inHeap.copy(bytes);
    let fd: number | null = null;
    let done = 0;
    try {
      fd = openSync(`/proc/${this.host.pid}/mem`, "r");
      while (done < bytes.length) {
        const read = readSync(fd, bytes, done, bytes.length - done, Number(address) + done);
        if (read === 0) break; // the process has ended
        done += read;
      }
    } catch (error) {
      if (!isNoMemory(error)) throw error;
    } finally {
      if (fd !== null) closeSync(fd);
    }
    return done;
  }
}

/** Nothing is mapped there, or the process is gone. */
function isNoMemory(error: unknown): boolean {
  return ["EIO", "ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/** Where the first NUL is, in bytes. */
function endOf(bytes: Buffer, size: number): number | null {
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1)) {
    const isWhole = at % size === 0 && bytes.subarray(at, at + size).every((byte) => byte === 0);
    if (isWhole) return at;
  }
  return null;
}
