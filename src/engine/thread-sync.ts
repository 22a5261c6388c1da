import type { FragmentEngine } from "../fragments/run/fragment-engine.js";
import { setSignalInfo, signalInfo } from "../native/ptrace/ptrace.js";
import type { StopReason } from "../native/ptrace/stop.js";
import type { StopQueue } from "../native/ptrace/stops.js";
import { ThreadGone } from "../native/ptrace/thread-gone.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";

/** Stops threads that may be in fragments, for what they have done there, or to have them out. */
export class ThreadSync {
  constructor(
    readonly stops: StopQueue,
    readonly threads: ThreadTable,
    readonly fragments: FragmentEngine,
  ) {}

  /** Hands on what all threads have done in fragments. `thread` is stopped. */
  drainAll(thread: Thread): void {
    const { fragments } = this;
    fragments.drain(thread);
    const others = [...this.threads].filter(
      (other) => other !== thread && fragments.isUnread(other),
    );
    if (others.length === 0) return;
    const frozen = this.threads.freeze(thread);
    for (const other of others) fragments.drainInside(other);
    this.threads.thaw(frozen);
  }

  /** Stops all other threads, and brings those out of fragments that are in some; returns whom to thaw. */
  stopOutside(thread: Thread): Thread[] {
    const frozen = this.threads.freeze(thread);
    for (const other of this.threads) {
      if (other === thread || !this.fragments.isUnread(other)) continue;
      if (!this.fragments.isInside(other)) this.fragments.drain(other);
      else if (this.#recreateKept(other)) frozen.push(other);
    }
    return frozen;
  }

  /**
   * Brings a thread out of its fragment that may have a stop which nobody has looked at yet. True where
   * that stop is void and the thread is to be run on: its instruction will raise the signal again.
   */
  #recreateKept(thread: Thread): boolean {
    const { tid } = thread;
    const stop = this.#keptStop(thread);
    if (stop === "exiting") {
      this.fragments.drain(thread);
      return false;
    }
    const info = stop?.kind === "signal" ? signalInfo(tid) : null;
    this.fragments.recreateState(thread);
    if (info?.isSynchronous) {
      thread.stopped = true;
      return true;
    }
    if (info) setSignalInfo(tid, info);
    if (stop) this.stops.keep(stop);
    return false;
  }

  #keptStop({ tid }: Thread): StopReason | null | "exiting" {
    if (!this.stops.holds(tid)) return null;
    try {
      return this.stops.of(tid);
    } catch (error) {
      if (error instanceof ThreadGone) return "exiting";
      throw error;
    }
  }
}
