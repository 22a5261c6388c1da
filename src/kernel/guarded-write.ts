import type { GuardedMemory } from "../guard/guarded-memory.js";
import type { TraceeAddress } from "../model/index.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";

/** Writes to guarded memory while a thread is at a syscall's exit. */
export class GuardedWrite {
  constructor(
    readonly memory: GuardedMemory,
    readonly threads: ThreadTable,
  ) {}

  /**
   * /proc/PID/mem ignores protection, except that of shared mappings without write access (EIO).
   */
  write(thread: Thread, address: TraceeAddress, bytes: Uint8Array): void {
    try {
      this.memory.code.memory.write(address, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EIO") throw error;
      this.#writeOpened(thread, address, bytes);
    }
  }

  #writeOpened(thread: Thread, address: TraceeAddress, bytes: Uint8Array): void {
    const { tid } = thread;
    const { code, guard, protector } = this.memory;
    const end = (address + bytes.length) as TraceeAddress;
    const frozen = this.threads.freeze(thread);
    try {
      code.borrow(tid, () => {
        protector.openForSyscall(tid, guard.rangesToOpen(address, end));
        code.memory.write(address, bytes);
        protector.closeAfterSyscall(tid, tid);
      });
    } finally {
      this.threads.thaw(frozen);
    }
  }
}
