import type { SyscallEntry, SyscallExit } from "../native/ptrace/ptrace.js";
import { SYS_RESTART_SYSCALL, SYS_RT_SIGRETURN } from "../native/syscall-numbers.js";
import type { Thread } from "../threads/thread-table.js";

/** Length of the `syscall` instruction, in bytes. */
export const SYSCALL_LENGTH = 2;

/** More than handlers nest. A call that longjmp(3) has left is dropped when the stack is full. */
const MAX_DEPTH = 16;

/** A syscall that a signal interrupted and that the kernel may restart. */
interface Interrupted<T> {
  readonly entry: SyscallEntry;
  readonly what: T;
  /** The thread's next syscall is this one again, if it begins at the same place. */
  isNext: boolean;
  /** A handler's return is under way. */
  isReturning: boolean;
}

/**
 * Tells a syscall that the kernel restarts from one that the program makes again. The kernel
 * restarts it at once, where no handler ran, or behind the handler's rt_sigreturn(2), which then has
 * the instruction pointer in front of the `syscall` instruction. If it is behind, the call has
 * failed with EINTR.
 */
export class Restarts<T> {
  readonly #stacks = new WeakMap<Thread, Interrupted<T>[]>();

  /** A call ended with a result that asks for its restart. */
  interrupted(thread: Thread, entry: SyscallEntry, what: T): void {
    const stack = this.#stacks.get(thread) ?? [];
    this.#stacks.set(thread, stack);
    stack.push({ entry, what, isNext: true, isReturning: false });
    if (stack.length > MAX_DEPTH) stack.shift();
  }

  /** A call begins: what was interrupted, if this is its restart. */
  entered(thread: Thread, { number, ip, sp }: SyscallEntry): T | null {
    const stack = this.#stacks.get(thread);
    const last = stack?.at(-1);
    if (!stack || !last) return null;
    const { entry } = last;
    const isSame = entry.ip === ip && entry.sp === sp;
    if (last.isNext && isSame && (number === entry.number || number === SYS_RESTART_SYSCALL)) {
      stack.pop();
      return last.what;
    }
    last.isNext = false;
    last.isReturning = number === SYS_RT_SIGRETURN;
    return null;
  }

  /** A call has ended. */
  left(thread: Thread, { ip, sp }: SyscallExit): void {
    const stack = this.#stacks.get(thread);
    const last = stack?.at(-1);
    if (!stack || !last?.isReturning) return;
    last.isReturning = false;
    if (sp !== last.entry.sp) return;
    if (ip === last.entry.ip) stack.pop();
    else last.isNext = ip === last.entry.ip - SYSCALL_LENGTH;
  }
}
