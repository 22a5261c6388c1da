import type { Guard } from "../guard/guard.js";
import type { SyscallEntry } from "../native/ptrace/ptrace.js";
import { NO_SYSCALL, Reg, RegisterFile } from "../native/ptrace/registers.js";
import { SYS_RSEQ } from "../native/syscall-numbers.js";
import type { Thread } from "../threads/thread-table.js";

/**
 * rseq(2) of guarded memory. The kernel would write there whenever it runs the thread on, and raise
 * SIGSEGV where it cannot. So it is not made, and succeeds all the same: the processor's number stays
 * that of a thread which is not registered yet, and who reads it makes a system call instead.
 */
export class SkippedRseq {
  readonly #inside = new WeakSet<Thread>();

  constructor(readonly guard: Guard) {}

  /** At a call's entry. */
  entered(thread: Thread, { number, args }: SyscallEntry): void {
    if (number !== SYS_RSEQ || !this.guard.touches(args[0]!, args[0]! + args[1]!)) return;
    const registers = RegisterFile.of(thread.tid);
    registers.words[Reg.origRax] = NO_SYSCALL;
    registers.write(thread.tid);
    this.#inside.add(thread);
  }

  /** At a call's exit. */
  left(thread: Thread): void {
    if (!this.#inside.delete(thread)) return;
    const registers = RegisterFile.of(thread.tid);
    registers.words[Reg.rax] = 0n;
    registers.write(thread.tid);
  }
}
