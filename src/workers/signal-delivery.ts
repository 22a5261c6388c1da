import type { SignalShadow } from "../engine/signal-shadow.js";
import type { Thread, ThreadTable } from "../engine/threads.js";
import type { Pid } from "../model/index.js";
import {
  type RemoteCode,
  resume,
  SIGTRAP,
  type SignalInfo,
  type SignalNumber,
  type StopQueue,
  sendAgain,
  setSignalInfo,
  signalBit,
  signalDispositions,
  signalInfo,
} from "../native/index.js";
import type { SignalFrame } from "./signal-frame.js";

/** Gives the program its signals: those that came at a stop of ours, and those that code of ours met. */
export class SignalDelivery {
  constructor(
    readonly pid: Pid,
    readonly code: RemoteCode,
    readonly stops: StopQueue,
    readonly threads: ThreadTable,
    readonly shadow: SignalShadow,
    readonly frame: SignalFrame,
  ) {}

  /** Signals that arrived while a thread was borrowed: the stopped `thread` is sent them. */
  sendHeldAgain({ tid }: Thread): void {
    for (const info of this.code.takeHeld()) sendAgain(this.pid, tid, info);
  }

  /**
   * Which signal to deliver from this stop, if any: `raised`, or one that arrived while the thread was
   * borrowed. The others are sent to it again.
   */
  first({ tid }: Thread, raised: SignalInfo | null): SignalInfo | null {
    const [first, ...others] = [...(raised ? [raised] : []), ...this.code.takeHeld()];
    for (const info of others) sendAgain(this.pid, tid, info);
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
      return this.stops.of(thread.tid);
    });
    if (stop.kind !== "signal" || stop.signal !== SIGTRAP) return this.stops.keep(stop);
    this.shadow.note(thread);
    this.sendHeldAgain(thread);
    this.threads.resume(thread);
  }
}
