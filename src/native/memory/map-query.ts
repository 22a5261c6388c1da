import { openSync } from "node:fs";
import koffi from "koffi";
import { type Pid, type Tid, type TraceeAddress, USER_SPACE_END } from "../../model/index.js";
import { ENOENT, ESRCH } from "../errno.js";
import { closeFile } from "../files.js";
import { libc, SystemError } from "../libc.js";
import type { Mapping } from "./maps.js";

/** `_IOWR('f', 17, struct procmap_query)` (linux/fs.h), since Linux 6.11. */
const PROCMAP_QUERY = 0xc068_6611;
const COVERING_OR_NEXT_VMA = 0x10;
const EXECUTABLE_FILE = 0x24;
/** Bits of the answer's flags: the first three are those of PROT_*. */
const PROTECTION = 0b111;
const SHARED = 0b1000;

/** Of a `struct procmap_query`, in bytes, and where its fields are, in words of 4 bytes. */
const REQUEST_SIZE = 104;
const Word = {
  size: 0,
  queryFlags: 2,
  queryAddress: 4,
  start: 6,
  end: 8,
  flags: 10,
  offset: 14,
  inode: 16,
  deviceMajor: 18,
  deviceMinor: 19,
} as const;

const ioctl = libc.func("ioctl", "int", ["int", "ulong", "void *"]);

/** A mapping as the kernel tells of it without its name. */
export type QueriedMapping = Omit<Mapping, "name">;

/**
 * Queries single mappings of a process, in about a microsecond each; reading the text of all takes
 * some hundred. It belongs to one address space, and finds no mapping once that is gone.
 */
export class MappingQuery {
  #isOpen = true;
  readonly #request = new Uint32Array(REQUEST_SIZE / Uint32Array.BYTES_PER_ELEMENT);

  constructor(readonly fd: number) {
    this.#request[Word.size] = REQUEST_SIZE;
  }

  /** The mapping that `address` lies in, or the next one; null if there is none. Throws SystemError. */
  atOrAfter(address: number): QueriedMapping | null {
    return this.#next(address, COVERING_OR_NEXT_VMA);
  }

  /** Code of files, in order of address. */
  *fileCode(): Generator<QueriedMapping> {
    const next = (from: number) => this.#next(from, COVERING_OR_NEXT_VMA | EXECUTABLE_FILE);
    for (let found = next(0); found; found = next(found.end)) yield found;
  }

  #next(address: number, which: number): QueriedMapping | null {
    if (address >= USER_SPACE_END) return null;
    const request = this.#request;
    request[Word.queryFlags] = which;
    request[Word.queryAddress] = address;
    request[Word.queryAddress + 1] = address / 2 ** 32;
    if (ioctl(this.fd, PROCMAP_QUERY, request) < 0) {
      const errno = koffi.errno();
      if (errno === ENOENT || errno === ESRCH) return null;
      throw new SystemError("ioctl PROCMAP_QUERY", errno);
    }
    const flags = request[Word.flags]!;
    return {
      start: this.#long(Word.start) as TraceeAddress,
      end: this.#long(Word.end) as TraceeAddress,
      protection: flags & PROTECTION,
      shared: (flags & SHARED) !== 0,
      offset: this.#long(Word.offset),
      inode: this.#long(Word.inode),
      deviceMajor: request[Word.deviceMajor]!,
      deviceMinor: request[Word.deviceMinor]!,
    };
  }

  /** All of `[start, end)`, in order of address. */
  *within(start: number, end: number): Generator<QueriedMapping> {
    for (let at = start; at < end; ) {
      const mapping = this.atOrAfter(at);
      if (mapping === null || mapping.start >= end) return;
      yield mapping;
      at = mapping.end;
    }
  }

  close(): void {
    if (this.#isOpen) closeFile(this.fd);
    this.#isOpen = false;
  }

  #long(word: number): number {
    return this.#request[word]! + this.#request[word + 1]! * 2 ** 32;
  }
}

/**
 * Of the address space that a task has now. Null where that cannot be asked (an older kernel, a sandbox
 * that keeps the request from it, a task that is gone): /proc/PID/maps is read instead.
 */
export function openMappingQuery(task: Pid | Tid): MappingQuery | null {
  let query: MappingQuery | null = null;
  try {
    query = new MappingQuery(openSync(`/proc/${task}/maps`, "r"));
    query.atOrAfter(0);
    return query;
  } catch {
    query?.close();
    return null;
  }
}
