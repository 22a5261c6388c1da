import type { ByteSet } from "../judge/byte-set.js";
import { type AccessBatch, AccessFlag } from "../model/index.js";

const PAGE = 4096;
const READ = 1;
const WRITTEN = 2;

interface TouchedSets {
  readonly read: ByteSet;
  readonly written: ByteSet;
}

/** The accesses of a call past those that its log keeps: counted, with the bytes that they touched. */
export class UnkeptAccesses {
  reads = 0;
  writes = 0;
  unknown = 0;
  readonly threads = new Set<number>();
  /** Accesses by instruction. */
  readonly byIp = new Map<number, number>();
  #seen = 0;
  /** A mark for each byte of a page that was touched, by the page's number. */
  readonly #pages = new Map<number, Uint8Array>();

  /** `kept`: how many the log keeps, the first ones. */
  constructor(readonly kept: number) {}

  /** All batches of the call, in order. */
  add({ address, size, flags, ip, thread, length }: AccessBatch): void {
    const from = Math.min(length, Math.max(0, this.kept - this.#seen));
    this.#seen += length;
    for (let row = from; row < length; row++) {
      const bits = flags[row]!;
      if (bits & AccessFlag.UNKNOWN) this.unknown++;
      else if (bits & AccessFlag.WRITE) this.writes++;
      else this.reads++;
      this.threads.add(thread[row]!);
      this.byIp.set(ip[row]!, (this.byIp.get(ip[row]!) ?? 0) + 1);
      this.#touch(address[row]!, size[row]!, bits & AccessFlag.WRITE ? WRITTEN : READ);
    }
  }

  /** Adds what was touched of `size` bytes at `address`. */
  cover(address: number, size: number, { read, written }: TouchedSets): void {
    for (let at = 0; at < size; ) {
      const page = this.#pages.get(Math.floor((address + at) / PAGE));
      const end = Math.min(size, at + PAGE - ((address + at) % PAGE));
      for (; page && at < end; at++) {
        const mark = page[(address + at) % PAGE]!;
        if (mark & READ) read.marks[at] = 1;
        if (mark & WRITTEN) written.marks[at] = 1;
      }
      at = end;
    }
  }

  #touch(address: number, size: number, mark: number): void {
    for (let at = address; at < address + size; ) {
      const number = Math.floor(at / PAGE);
      let page = this.#pages.get(number);
      if (!page) {
        page = new Uint8Array(PAGE);
        this.#pages.set(number, page);
      }
      const end = Math.min(address + size, (number + 1) * PAGE);
      for (; at < end; at++) page[at - number * PAGE]! |= mark;
    }
  }
}
