import type { Tid, TraceeAddress } from "../../model/index.js";
import { signalMask } from "../../native/ptrace/ptrace.js";
import {
  IgnoredSignals,
  SIGACTION_SIZE,
  signalBit,
  signalDispositions,
} from "../../native/ptrace/signal-action.js";
import { SIGSEGV, SIGTRAP, type SignalNumber } from "../../native/ptrace/signals.js";
import type { RemoteCode } from "../../native/remote/remote-code.js";
import {
  SYS_RT_SIGACTION,
  SYS_RT_SIGPROCMASK,
  SYS_RT_SIGRETURN,
} from "../../native/syscall-numbers.js";
import type { Thread } from "../../threads/thread-table.js";

/** Signals that serving an access raises: the fault itself, and the traps of stepping. */
const RAISED = [SIGSEGV, SIGTRAP] as const;
const RAISED_BITS = signalBit(SIGSEGV) | signalBit(SIGTRAP);

/** Where in the injected room an action is put: the beginning is others'. In bytes. */
const ACTION_OFFSET = 1024;

/**
 * The program's signal state for SIGSEGV and SIGTRAP: its mask and its actions. A fault of a thread
 * that blocks or ignores the signal resets the action to the default and clears the mask's bit
 * (force_sig in kernel/signal.c), even if the tracer drops the signal. So the state is noted
 * beforehand, and put back after each access.
 */
export class SignalState {
  /** Signals that each thread blocks, of {@link RAISED}. */
  readonly #blocked = new Map<Tid, bigint>();
  /** Actions of signals that are blocked or ignored. */
  readonly #actions = new Map<SignalNumber, Buffer>();

  /** Signals of {@link RAISED} that the process ignores. */
  #ignored = 0n;

  readonly #ignoredSignals: IgnoredSignals;

  constructor(readonly code: RemoteCode) {
    this.#ignoredSignals = new IgnoredSignals(code.memory.pid);
  }

  close(): void {
    this.#ignoredSignals.close();
  }

  /** Reads a stopped thread's state: at the beginning of a call, of a thread, of a handler. */
  note(thread: Thread): void {
    const mask = signalMask(thread.tid);
    const ignored = thread.own
      ? this.#ignoredSignals.read()
      : signalDispositions(thread.tid).ignored;
    this.#ignored = ignored & RAISED_BITS;
    let blocked = 0n;
    for (const signal of RAISED) {
      const bit = signalBit(signal);
      blocked |= mask & bit;
      const reset = ((mask | this.#ignored) & bit) !== 0n;
      if (reset && !this.#actions.has(signal))
        this.#actions.set(signal, this.#read(thread, signal));
      if (!reset && !this.#isBlockedElsewhere(thread.tid, bit)) this.#actions.delete(signal);
    }
    if (blocked === 0n) this.#blocked.delete(thread.tid);
    else this.#blocked.set(thread.tid, blocked);
  }

  /** A thread is at the exit of syscall `number`, which may have changed masks or actions. */
  syscallExited(thread: Thread, number: number): void {
    if (number === SYS_RT_SIGACTION) this.#actions.clear();
    if (
      number === SYS_RT_SIGACTION ||
      number === SYS_RT_SIGPROCMASK ||
      number === SYS_RT_SIGRETURN
    ) {
      this.note(thread);
    }
  }

  forget(tid: Tid): void {
    this.#blocked.delete(tid);
  }

  /** The bits of `tid`'s mask that a fault has cleared. */
  blockedBy(tid: Tid): bigint {
    return this.#blocked.get(tid) ?? 0n;
  }

  /**
   * Puts back the actions that serving an access on a borrowed thread has reset: those of ignored
   * signals, and those of `raised` that the thread blocked. SIGTRAP is unblocked while it is stepped.
   */
  restoreActions(tid: Tid, raised = signalBit(SIGSEGV)): void {
    const reset = this.#ignored | (this.blockedBy(tid) & raised);
    for (const [signal, action] of this.#actions) {
      if (!(reset & signalBit(signal))) continue;
      const at = this.#scratch(tid);
      this.code.memory.write(at, action);
      // Without a single step, whose trap would reset SIGTRAP's action again.
      this.code.quietSyscall(tid, SYS_RT_SIGACTION, signal, at, 0, 8);
    }
  }

  /**
   * Undoes what a fault of `tid` has reset, where no step is made that would be followed by that.
   */
  repair(tid: Tid, raised = signalBit(SIGSEGV)): void {
    const blocked = this.blockedBy(tid);
    if (blocked === 0n && this.#ignored === 0n) return;
    this.code.borrow(tid, () => this.restoreActions(tid, raised), blocked);
  }

  #isBlockedElsewhere(tid: Tid, bit: bigint): boolean {
    for (const [other, blocked] of this.#blocked) if (other !== tid && blocked & bit) return true;
    return false;
  }

  #read({ tid }: Thread, signal: SignalNumber): Buffer {
    return this.code.borrow(tid, () => {
      const at = this.#scratch(tid);
      const action = Buffer.alloc(SIGACTION_SIZE);
      this.code.quietSyscall(tid, SYS_RT_SIGACTION, signal, 0, at, 8);
      // Below a stack that has run out nothing is mapped: the kernel could not answer, and as without a
      // handler the program dies of it.
      this.code.memory.read(at, action);
      return action;
    });
  }

  /** Not on the stack: that may be watched memory, and the program may use rsp for anything. */
  #scratch(tid: Tid): TraceeAddress {
    return (this.code.roomAt(tid) + ACTION_OFFSET) as TraceeAddress;
  }
}
