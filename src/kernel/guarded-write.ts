import type { Guard } from "../guard/guard.js";
import type { Protector } from "../guard/protector.js";
import type { TraceeAddress } from "../model/index.js";
import type { RemoteCode } from "../native/remote/remote-code.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";

/** Writes to guarded memory, by way of a thread that is at a syscall's exit. */
export class GuardedWrite {
  constructor(
    readonly code: RemoteCode,
    readonly threads: ThreadTable,
    readonly guard: Guard,
    readonly protector: Protector,
  ) {}

  /** The kernel lets us write against a mapping's protection, but for one that is shared. */
  write(thread: Thread, address: TraceeAddress, bytes: Uint8Array): void {
    try {
      this.code.memory.write(address, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EIO") throw error;
      this.#writeOpened(thread, address, bytes);
    }
  }

  #writeOpened(thread: Thread, address: TraceeAddress, bytes: Uint8Array): void {
    const { tid } = thread;
    const end = (address + bytes.length) as TraceeAddress;
    const frozen = this.threads.freeze(thread);
    try {
      this.code.borrow(tid, () => {
        this.protector.openForSyscall(tid, this.guard.rangesToOpen(address, end));
        this.code.memory.write(address, bytes);
        this.protector.closeAfterSyscall(tid, tid, this.guard);
      });
    } finally {
      this.threads.thaw(frozen);
    }
  }
}
