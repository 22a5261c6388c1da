import { resume, setSignalInfo, signalInfo } from "../../native/ptrace/ptrace.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import { signalBit, signalDispositions } from "../../native/ptrace/signal-action.js";
import { SIGTRAP, type SignalNumber } from "../../native/ptrace/signals.js";
import { sendAgain } from "../../native/raise.js";
import type { RemoteCode } from "../../native/remote/remote-code.js";
import type { Thread, ThreadTable } from "../../threads/thread-table.js";
import type { SignalFrame } from "./signal-frame.js";
import type { SignalState } from "./signal-state.js";

/** Gives the program its signals: those that came at a stop of ours, and those that code of ours met. */
export class SignalDelivery {
  constructor(
    readonly code: RemoteCode,
    readonly threads: ThreadTable,
    readonly signalState: SignalState,
    readonly frame: SignalFrame,
  ) {}

  /** Signals that arrived while a thread was borrowed: the stopped `thread` is sent them. */
  sendHeldAgain({ tid }: Thread): void {
    for (const info of this.code.takeHeld()) sendAgain(this.code.memory.pid, tid, info);
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
   * Runs a thread on with a signal. Where that starts a handler in a watched thread, it stops at the
   * handler's first instruction, for the handler runs with another mask.
   */
  deliver(thread: Thread, signal: SignalNumber): void {
    const { caught } = signalDispositions(thread.tid);
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
