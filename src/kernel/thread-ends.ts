import type { GuardedMemory } from "../guard/guarded-memory.js";
import type { EventBuffer } from "../model/event-buffer.js";
import type { Tid } from "../model/index.js";
import type { SyscallEntry } from "../native/ptrace/ptrace.js";
import { SYS_FUTEX } from "../native/syscall-numbers.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";
import { endCall } from "./calls-elsewhere.js";
import { ClearedNumbers } from "./cleared-numbers.js";
import type { GuardedWrite } from "./guarded-write.js";
import { HeldLocks } from "./held-locks.js";

/** What the kernel does in guarded memory at a thread's end, without a call, and cannot do there. */
export class ThreadEnds {
  readonly #numbers: ClearedNumbers;
  readonly #locks: HeldLocks;

  /** `entryOf`: the system call that a thread is in, or was in last. */
  constructor(
    memory: GuardedMemory,
    readonly threads: ThreadTable,
    writer: GuardedWrite,
    events: EventBuffer,
    readonly entryOf: (thread: Thread) => SyscallEntry | undefined,
  ) {
    this.#numbers = new ClearedNumbers(memory.code.memory);
    this.#locks = new HeldLocks(memory, threads, writer, events);
  }

  /** `parent` is in the call that has made `child`. */
  born(child: Tid, parent: Thread): void {
    const entry = this.entryOf(parent);
    if (entry) this.#numbers.born(child, entry);
  }

  entered(tid: Tid, entry: SyscallEntry): void {
    this.#numbers.entered(tid, entry);
  }

  /** A thread is at its exit stop: does it in the kernel's place, and has those look who wait for it. */
  exiting(thread: Thread): void {
    for (const address of this.#locks.mark(thread, this.#numbers.of(thread.tid))) {
      for (const other of this.threads) {
        const entry = other.inSyscall && other !== thread ? this.entryOf(other) : null;
        const waits = entry?.number === SYS_FUTEX && entry.args[0] === address;
        if (waits) endCall(other.tid, this.threads.stops);
      }
    }
  }

  forget(tid: Tid): void {
    this.#numbers.forget(tid);
  }
}
