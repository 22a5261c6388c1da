import { PAGE_SIZE, type Tid, type TraceeAddress } from "../../model/index.js";
import { PROT_READ, PROT_WRITE, type RemoteCode } from "../../native/index.js";
import type { Guard } from "../guard.js";
import { PAGE_TABLE_SIZE } from "./thread-area.js";

const SYS_MMAP = 9; // asm/unistd_64.h
const MAP_PRIVATE = 0x02; // mmap(2)
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;

/**
 * Which pages of the tracee are traced, for fragments that cannot tell beforehand: a byte for each page
 * of user space. What is not written takes no memory.
 */
export class PageTable {
  #address: number | null = null;
  /** Which ranges it has. */
  #shown: string | null = null;

  constructor(
    readonly code: RemoteCode,
    readonly guard: Guard,
  ) {}

  /** In the tracee; 0 where there is no room for it. */
  get address(): number {
    return this.#address ?? 0;
  }

  /** It is there, and has what is guarded now. */
  get isCurrent(): boolean {
    return this.#address !== null && this.#shown === this.#ranges().shown;
  }

  /** Makes the table with a system call on the borrowed thread `tid`, and brings it up to date. */
  ensure(tid: Tid): void {
    if (this.#address === null) {
      const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
      const protection = PROT_READ | PROT_WRITE;
      const args = [0, PAGE_TABLE_SIZE, protection, flags, -1, 0];
      this.#address = Math.max(0, this.code.quietSyscall(tid, SYS_MMAP, ...args));
    }
    const { ranges, shown } = this.#ranges();
    if (shown === this.#shown) return;
    this.#shown = shown;
    if (this.#address === 0) return;
    for (const { start, end } of ranges) {
      const at = (this.#address + start / PAGE_SIZE) as TraceeAddress;
      this.code.memory.write(at, new Uint8Array((end - start) / PAGE_SIZE).fill(1));
    }
  }

  #ranges() {
    const ranges = this.guard.allRanges();
    return { ranges, shown: ranges.map(({ start, end }) => `${start}-${end}`).join() };
  }
}
