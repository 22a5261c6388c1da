import { resume, setSignalInfo, signalInfo } from "../../native/ptrace/ptrace.js";
import { RegisterFile } from "../../native/ptrace/registers.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import { type SignalDispositions, signalBit } from "../../native/ptrace/signal-action.js";
import { SIGSEGV, SIGTRAP, type SignalNumber } from "../../native/ptrace/signals.js";
import { sendAgain } from "../../native/raise.js";
import type { RemoteCode } from "../../native/remote/remote-code.js";
import type { Thread, ThreadTable } from "../../threads/thread-table.js";
import type { SignalFrame } from "./signal-frame.js";
import type { SignalState } from "./signal-state.js";

/**
 * Delivers the program's signals: those that stopped a thread, and those that arrived while it was
 * borrowed.
 */
export class SignalDelivery {
  /** Sent SIGSEGVs that wait for threads which block it. */
  readonly #waiting = new WeakMap<Thread, SignalInfo>();

  constructor(
    readonly code: RemoteCode,
    readonly threads: ThreadTable,
    readonly signalState: SignalState,
    readonly frame: SignalFrame,
  ) {}

  /** Sends the stopped `thread` again what arrived while it was borrowed. */
  sendHeldAgain({ tid }: Thread): void {
    for (const info of this.code.takeHeld()) sendAgain(this.code.memory.pid, tid, info);
  }

  /**
   * True if a sent signal is not to be delivered: the thread blocks SIGSEGV, and had it pending when it
   * faulted on guarded memory. The kernel then unblocks it, and drops the fault for the pending one
   * (force_sig_info_to_task and legacy_queue in kernel/signal.c). Run on, the thread faults again.
   */
  holdsBack(thread: Thread, info: SignalInfo): boolean {
    const isBlocked = this.signalState.blockedBy(thread.tid) & signalBit(SIGSEGV);
    if (info.signal !== SIGSEGV || info.isFault || !isBlocked) return false;
    if (RegisterFile.of(thread.tid).isInSyscall) return false; // one that waits with a mask of its own
    this.#waiting.set(thread, info);
    return true;
  }

  /** At the entry of a system call, by which alone it can be seen: what was held back is pending again. */
  sendHeldBack(thread: Thread): void {
    const info = this.#waiting.get(thread);
    if (info && this.#waiting.delete(thread)) sendAgain(this.code.memory.pid, thread.tid, info);
  }

  /**
   * Which signal to deliver from this stop, if any: `raised`, or one that arrived while the thread was
   * borrowed. The others are sent to it again.
   */
  first({ tid }: Thread, raised: SignalInfo | null): SignalInfo | null {
    const [first, ...others] = [...(raised ? [raised] : []), ...this.code.takeHeld()];
    for (const info of others) sendAgain(this.code.memory.pid, tid, info);
    if (first) setSignalInfo(tid, first);
    return first ?? null;
  }

  /**
   * Runs a thread on with a signal. If a watched thread enters a handler, it is stopped at the
   * handler's first instruction to note its signal mask, which is another there.
   */
  deliver(thread: Thread, signal: SignalNumber, { caught }: SignalDispositions): void {
    if (!thread.watched || !(caught & signalBit(signal))) {
      return this.threads.resume(thread, signal);
    }
    const info = signalInfo(thread.tid);
    const stop = this.frame.around(thread, info, () => {
      setSignalInfo(thread.tid, info);
      resume(thread.tid, "step", signal);
      return this.threads.stops.of(thread.tid);
    });
    if (stop.kind !== "signal" || stop.signal !== SIGTRAP) return this.threads.stops.keep(stop);
    this.signalState.note(thread);
    this.sendHeldAgain(thread);
    this.threads.resume(thread);
  }
}
