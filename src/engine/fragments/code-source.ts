import { PAGE_SIZE, pageOf, type Tid, type TraceeAddress } from "../../model/index.js";
import {
  type Mapping,
  PROT_EXEC,
  PROT_WRITE,
  parseMappings,
  readMapsText,
  type TraceeMemory,
} from "../../native/index.js";

/** Of the program's code that a block is made of, in bytes. */
export const LONGEST_BLOCK = 512;

/**
 * The program's code, where it can be relied on not to change without a system call: mappings that
 * are executable, not writable, and private.
 */
export class CodeSource {
  #mappings: readonly Mapping[] = [];
  /** Of the mappings: goes up where they are others than before. */
  version = 0;
  /** As they were read. */
  #text = "";
  #signature = "";
  readonly #pages = new Map<number, Uint8Array>();

  constructor(readonly memory: TraceeMemory) {}

  get mappings(): readonly Mapping[] {
    return this.#mappings;
  }

  /**
   * Looks at the mappings anew. False where code that may have been read is not there any more, or is
   * another: nobody watches what happens between calls.
   */
  refresh(tid: Tid): boolean {
    const text = readMapsText(tid) ?? "";
    if (text === this.#text && this.#isAsRead()) return true;
    this.#text = text;
    this.version++;
    this.#mappings = parseMappings(text);
    const signature = this.#mappings
      .filter(isCode)
      .map(({ start, end, offset, name }) => `${start} ${end} ${offset} ${name}`);
    const before = new Set(signature);
    const isSame =
      this.#signature === "" || this.#signature.split("\n").every((l) => before.has(l));
    this.#signature = signature.join("\n");
    const isKept = isSame && this.#isAsRead();
    if (!isKept) this.#pages.clear();
    return isKept;
  }

  /** Code that no file stands behind may have been written anew. */
  #isAsRead(): boolean {
    const now = Buffer.alloc(PAGE_SIZE);
    for (const [page, bytes] of this.#pages) {
      const mapping = this.#mappings.find(({ start, end }) => page >= start && page < end);
      if (mapping?.name.startsWith("/")) continue;
      this.memory.read(page as TraceeAddress, now.fill(0));
      if (!now.equals(bytes)) return false;
    }
    return true;
  }

  /** The code from `ip` on; null where it may change unseen. */
  at(ip: TraceeAddress): Uint8Array | null {
    const mapping = this.#mappings.find(({ start, end }) => ip >= start && ip < end);
    if (!mapping || !isCode(mapping)) return null;
    const length = Math.min(LONGEST_BLOCK, mapping.end - ip);
    const page = pageOf(ip);
    const offset = ip - page;
    const first = this.#page(page);
    if (offset + length <= PAGE_SIZE) return first.subarray(offset, offset + length);
    const code = new Uint8Array(length);
    code.set(first.subarray(offset));
    const next = this.#page((page + PAGE_SIZE) as TraceeAddress);
    code.set(next.subarray(0, length - (PAGE_SIZE - offset)), PAGE_SIZE - offset);
    return code;
  }

  /** Some code of `[start, end)` may have been read. */
  covers(start: number, end: number): boolean {
    return this.#mappings.some(
      (mapping) => mapping.start < end && mapping.end > start && isCode(mapping),
    );
  }

  #page(page: TraceeAddress): Uint8Array {
    let bytes = this.#pages.get(page);
    if (!bytes) {
      bytes = new Uint8Array(PAGE_SIZE);
      this.memory.read(page, bytes);
      this.#pages.set(page, bytes);
    }
    return bytes;
  }
}

function isCode({ protection, shared }: Mapping): boolean {
  return (protection & PROT_EXEC) !== 0 && (protection & PROT_WRITE) === 0 && !shared;
}
