import { PAGE_SIZE, pageOf, type TraceeAddress } from "../../model/index.js";
import type { FileNews } from "../../native/file-watch.js";
import type { QueriedMapping } from "../../native/memory/map-query.js";
import { PROT_EXEC, PROT_WRITE } from "../../native/memory/maps.js";
import type { ProcessMappings } from "../../native/remote/process-mappings.js";
import type { RemoteCode } from "../../native/remote/remote-code.js";
import type { TraceeMemory } from "../../native/remote/tracee-memory.js";
import type { CodeFiles } from "./code-files.js";

/** Of the program's code that a block is made of, in bytes. */
export const LONGEST_BLOCK = 512;

/**
 * The program's code, where it does not change unseen: mappings that are executable, not writable,
 * private, and of no file or of one that {@link CodeFiles} trusts.
 */
export class CodeSource {
  readonly memory: TraceeMemory;
  readonly mappings: ProcessMappings;
  /** Of the files, not yet acted on. */
  #news: FileNews = "none";
  /** Those that code has been read from. */
  #read: QueriedMapping[] = [];
  /** Those with code that accesses traced memory, by their start. */
  readonly #warm = new Set<number>();
  readonly #pages = new Map<TraceeAddress, Uint8Array>();
  /** Pages that no file stands behind. */
  readonly #unbacked = new Set<TraceeAddress>();
  /** Mappings of files that can be written, by their start. */
  readonly #refused = new Set<number>();

  constructor(
    { memory, mappings }: Pick<RemoteCode, "memory" | "mappings">,
    readonly files: Pick<CodeFiles, "trusts" | "news">,
  ) {
    this.memory = memory;
    this.mappings = mappings;
  }

  /** Something has happened to a file that code was read from, since the last {@link refresh}. */
  hasNews(): boolean {
    const news = this.files.news();
    if (news === "written" || this.#news === "none") this.#news = news;
    return this.#news !== "none";
  }

  /**
   * False where code that has been read is not there any more, or is another: nobody watches what happens
   * between calls. It is forgotten then.
   */
  refresh(): boolean {
    const isThere = (mapping: QueriedMapping) =>
      isSame(mapping, this.mappings.atOrAfter(mapping.start));
    this.#refused.clear();
    const isNews = this.hasNews();
    const isWritten = this.#news === "written";
    this.#news = "none";
    const isCurrent = !isWritten && this.#read.every(isThere) && this.#isAsRead();
    if (isCurrent && !(isNews && this.#read.some((mapping) => !this.#isTrusted(mapping)))) {
      return true;
    }
    this.#read = [];
    this.#warm.clear();
    this.forget();
    return false;
  }

  /** Code is read again, though its mappings are the same. */
  forget(): void {
    this.#pages.clear();
    this.#unbacked.clear();
  }

  #isTrusted({ start, inode }: QueriedMapping): boolean {
    return inode === 0 || this.files.trusts(start);
  }

  /** Code that no file stands behind may have been written anew. */
  #isAsRead(): boolean {
    const now = Buffer.alloc(PAGE_SIZE);
    for (const page of this.#unbacked) {
      this.memory.read(page, now.fill(0));
      if (!now.equals(this.#pages.get(page)!)) return false;
    }
    return true;
  }

  /** The code from `ip` on; null where it may change unseen. */
  at(ip: TraceeAddress): Uint8Array | null {
    const mapping = this.#mappingAt(ip);
    if (!mapping) return null;
    const length = Math.min(LONGEST_BLOCK, mapping.end - ip);
    const page = pageOf(ip);
    const offset = ip - page;
    const first = this.#page(page, mapping);
    if (offset + length <= PAGE_SIZE) return first.subarray(offset, offset + length);
    const code = new Uint8Array(length);
    code.set(first.subarray(offset));
    const next = this.#page((page + PAGE_SIZE) as TraceeAddress, mapping);
    code.set(next.subarray(0, length - (PAGE_SIZE - offset)), PAGE_SIZE - offset);
    return code;
  }

  /** The instruction at `ip` accesses traced memory. */
  warm(ip: TraceeAddress): void {
    const mapping = this.#mappingAt(ip);
    if (mapping) this.#warm.add(mapping.start);
  }

  /** Code of the same file as that at `ip` accesses traced memory. */
  isWarm(ip: TraceeAddress): boolean {
    const mapping = this.#mappingAt(ip);
    return mapping !== null && this.#warm.has(mapping.start);
  }

  /** Some code of `[start, end)` may have been read. */
  covers(start: number, end: number): boolean {
    return this.#read.some((mapping) => mapping.start < end && mapping.end > start);
  }

  #mappingAt(ip: TraceeAddress): QueriedMapping | null {
    const known = this.#read.find(({ start, end }) => ip >= start && ip < end);
    if (known) return known;
    const mapping = this.mappings.atOrAfter(ip);
    if (!mapping || mapping.start > ip || !isCode(mapping)) return null;
    if (this.#refused.has(mapping.start)) return null;
    if (!this.#isTrusted(mapping)) {
      this.#refused.add(mapping.start);
      return null;
    }
    this.#read.push(mapping);
    return mapping;
  }

  #page(page: TraceeAddress, { inode }: QueriedMapping): Uint8Array {
    let bytes = this.#pages.get(page);
    if (!bytes) {
      bytes = new Uint8Array(PAGE_SIZE);
      this.memory.read(page, bytes);
      this.#pages.set(page, bytes);
      if (inode === 0) this.#unbacked.add(page);
    }
    return bytes;
  }
}

function isCode({ protection, shared }: QueriedMapping): boolean {
  return (protection & PROT_EXEC) !== 0 && (protection & PROT_WRITE) === 0 && !shared;
}

function isSame(a: QueriedMapping, b: QueriedMapping | null): boolean {
  return (
    b !== null &&
    a.start === b.start &&
    a.end === b.end &&
    a.protection === b.protection &&
    a.shared === b.shared &&
    a.offset === b.offset &&
    a.inode === b.inode &&
    a.deviceMajor === b.deviceMajor &&
    a.deviceMinor === b.deviceMinor
  );
}
