import type { TraceeAddress } from "../../model/index.js";
import type { Injector } from "./injector.js";

/** Bytes that are put together at the most. */
const LONGEST = 1 << 16;
/** The largest gap between two pieces that are written together, in bytes: their alignment. */
const MAX_PADDING = 64;

/**
 * Writes code into a stopped tracee. All code of one stop is collected and written at once, with
 * its jumps set: each write costs as much as translating two instructions.
 */
export class CodeWrites {
  readonly #bytes = new Uint8Array(LONGEST);
  /** Where what is put together begins. */
  #start = 0;
  /** In bytes. */
  #length = 0;
  #isCollecting = false;

  constructor(readonly memory: Injector["memory"]) {}

  /** Writes what `work` gives, once it returns. */
  collect<T>(work: () => T): T {
    this.#isCollecting = true;
    try {
      return work();
    } finally {
      this.#isCollecting = false;
      this.#flush();
    }
  }

  /** New code, where nothing is yet. */
  append(address: number, bytes: Uint8Array): void {
    if (!this.#isCollecting) return this.memory.write(address as TraceeAddress, bytes);
    const padding = address - (this.#start + this.#length);
    const fits = this.#length + padding + bytes.length <= LONGEST;
    if (this.#length === 0 || padding < 0 || padding > MAX_PADDING || !fits) {
      this.#flush();
      this.#start = address;
    }
    const offset = address - this.#start;
    this.#bytes.fill(0, this.#length, offset);
    this.#bytes.set(bytes, offset);
    this.#length = offset + bytes.length;
  }

  /** Changes bytes that are there already. */
  write(address: number, bytes: Uint8Array): void {
    const offset = address - this.#start;
    const isPending = offset >= 0 && offset + bytes.length <= this.#length;
    if (isPending) this.#bytes.set(bytes, offset);
    else this.memory.write(address as TraceeAddress, bytes);
  }

  #flush(): void {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    if (bytes.length > 0) this.memory.write(this.#start as TraceeAddress, bytes);
  }
}
