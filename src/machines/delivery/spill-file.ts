import { constants, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FfiscopeError } from "../../model/index.js";
import { closeFile } from "../../native/files.js";

/** Read at a time, in bytes. */
const READ_CHUNK = 256 * 1024;

let opened = 0;

/**
 * A temporary file that nobody else sees: it has no name, and goes when it is closed, or this process
 * ends. It lies in `TMPDIR`, else in /var/tmp, for /tmp is memory on many machines.
 */
export class SpillFile {
  readonly #fd = open();
  /** In bytes. */
  #size = 0;

  /** Writes at the end. Throws FfiscopeError SPILL_FAILED: the disk is full. */
  append(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#size + done);
      }
    } catch (cause) {
      throw spillFailed(cause);
    }
    this.#size += bytes.length;
  }

  /** All of it, in order; each chunk is a buffer of its own. */
  *chunks(): Generator<Uint8Array> {
    for (let at = 0; at < this.#size; ) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(READ_CHUNK, this.#size - at));
      const length = readSync(this.#fd, chunk, 0, chunk.length, at);
      yield chunk.subarray(0, length);
      at += length;
    }
  }

  close(): void {
    closeFile(this.#fd);
  }
}

function open(): number {
  const folders = [process.env.TMPDIR, "/var/tmp", tmpdir()].filter((folder) => folder);
  let failure: unknown = null;
  for (const folder of folders) {
    try {
      return openNameless(folder!);
    } catch (error) {
      failure = error;
    }
  }
  throw spillFailed(failure);
}

const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const O_TMPFILE = 0o20200000; // asm-generic/fcntl.h

/** How a file system says that it has no {@link O_TMPFILE} (open(2)). */
const UNKNOWN: ReadonlySet<string> = new Set(["EOPNOTSUPP", "EISDIR", "EINVAL"]);

/** Where the file system cannot, the file has a name for a moment. */
function openNameless(folder: string): number {
  try {
    return openSync(folder, O_TMPFILE | O_RDWR, 0o600);
  } catch (error) {
    if (!UNKNOWN.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
  const path = join(folder, `ffiscope-${process.pid}-${Date.now()}-${opened++}`);
  const fd = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    unlinkSync(path);
  } catch (error) {
    closeFile(fd);
    throw error;
  }
  return fd;
}

function spillFailed(cause: unknown): FfiscopeError {
  return new FfiscopeError({
    code: "SPILL_FAILED",
    message: `the events of a call cannot be kept in a temporary file: ${(cause as Error).message}`,
    remedy: "Set TMPDIR to a folder with room for 20 bytes an event",
    cause,
  });
}
