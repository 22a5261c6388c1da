import type { Tid } from "../model/index.js";
import { PROT_NONE, type RemoteCode } from "../native/index.js";
import type { ProtectedRange } from "./guard.js";

const SYS_MPROTECT = 10; // asm/unistd_64.h

/** Opens and closes guarded memory by mprotect(2) calls that a borrowed thread is made to run. */
export class Protector {
  constructor(readonly code: RemoteCode) {}

  /** Gives each range what it allows by itself. */
  open(tid: Tid, ranges: readonly ProtectedRange[]): void {
    for (const range of ranges) this.#protect(tid, range, range.protection);
  }

  /** Makes each range inaccessible. */
  close(tid: Tid, ranges: readonly Omit<ProtectedRange, "protection">[]): void {
    for (const range of ranges) this.#protect(tid, range, PROT_NONE);
  }

  #protect(tid: Tid, range: Omit<ProtectedRange, "protection">, protection: number): void {
    const length = range.end - range.start;
    this.code.syscall(tid, "mprotect", SYS_MPROTECT, range.start, length, protection);
  }
}
