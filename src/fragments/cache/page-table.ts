import type { Guard } from "../../guard/guard.js";
import { type AddressRange, PAGE_SIZE, type Tid, type TraceeAddress } from "../../model/index.js";
import { PROT_READ, PROT_WRITE } from "../../native/memory/maps.js";
import { mapApart, type RunRemoteCalls } from "../../native/remote/map-apart.js";
import type { Injector } from "./injector.js";
import { PAGE_TABLE_SIZE } from "./thread-area.js";

/**
 * A byte for each page of user space that says whether it is traced, for operands that may be
 * either. Untouched parts of the table take no memory.
 */
export class PageTable {
  #address: number | null = null;
  /** The ranges that the table has, as of this version of the guard. */
  #shown: readonly AddressRange[] = [];
  #version = -1;

  constructor(
    readonly code: Injector,
    readonly guard: Guard,
  ) {}

  /** In the tracee; 0 where there is no room for it. */
  get address(): number {
    return this.#address ?? 0;
  }

  /** The table exists and shows what is guarded now. */
  get isCurrent(): boolean {
    return this.#address !== null && this.#version === this.guard.version;
  }

  /** Makes the table with a system call on the borrowed thread `tid`, and brings it up to date. */
  ensure(tid: Tid): void {
    if (this.#address === null) {
      const run: RunRemoteCalls = (calls) =>
        calls.map(({ number, args }) => this.code.quietSyscall(tid, number, ...args));
      const table = { size: PAGE_TABLE_SIZE, protection: PROT_READ | PROT_WRITE };
      this.#address = Math.max(0, mapApart(run, [table])[0]!);
    }
    this.update();
  }

  /** Brings an existing table up to date. A stale byte costs a fault and no more. */
  update(): void {
    const { version } = this.guard;
    if (this.#address === null || this.#version === version) return;
    this.#version = version;
    const ranges = this.guard.allRanges();
    const isSame = ({ start, end }: AddressRange, i: number) =>
      ranges[i]!.start === start && ranges[i]!.end === end;
    if (ranges.length === this.#shown.length && this.#shown.every(isSame)) return;
    for (const range of this.#shown) this.#fill(range, 0);
    for (const range of ranges) this.#fill(range, 1);
    this.#shown = ranges;
  }

  #fill({ start, end }: AddressRange, value: number): void {
    if (this.#address === 0) return;
    const at = (this.#address! + start / PAGE_SIZE) as TraceeAddress;
    this.code.memory.write(at, new Uint8Array((end - start) / PAGE_SIZE).fill(value));
  }
}
