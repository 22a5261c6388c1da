import { setSignalInfo, signalInfo } from "../native/ptrace/ptrace.js";
import type { StopReason } from "../native/ptrace/stop.js";
import { ThreadGone } from "../native/ptrace/thread-gone.js";
import type { Thread, ThreadTable } from "./thread-table.js";

/** Threads that run translated code in place of the program's, and log what they access. */
export interface TranslatedThreads {
  /** A stopped thread is in such code. */
  isInside(thread: Thread): boolean;
  /** A thread may have logged what is not read. */
  isUnread(thread: Thread): boolean;
  /** Reads the log of a stopped thread that is not in such code, or is at its exit. */
  drain(thread: Thread): void;
  /** Reads what a stopped thread has logged so far, wherever it is, and leaves it there. */
  drainInside(thread: Thread): void;
  /**
   * Brings a stopped thread from such code to an instruction of the program, with the registers that
   * the program would have there.
   */
  recreateState(thread: Thread): void;
}

/** Stops threads, for what they have logged, or to have them at instructions of the program. */
export class ThreadSync {
  constructor(
    readonly threads: ThreadTable,
    /** Null where threads run the program's own code alone. */
    readonly translated: TranslatedThreads | null,
  ) {}

  /** Hands on what all threads have logged. `thread` is stopped. */
  drainAll(thread: Thread): void {
    const { translated } = this;
    if (!translated) return;
    translated.drain(thread);
    const others = [...this.threads].filter(
      (other) => other !== thread && translated.isUnread(other),
    );
    if (others.length === 0) return;
    const frozen = this.threads.freeze(thread);
    for (const other of others) unlessGone(() => translated.drainInside(other));
    this.threads.thaw(frozen);
  }

  /**
   * Stops all threads but `thread`, at instructions of the program, with their logs read. Returns
   * those to {@link thaw}.
   */
  stopOthers(thread: Thread): Thread[] {
    const frozen = this.threads.freeze(thread);
    const { translated } = this;
    if (!translated) return frozen;
    for (const other of this.threads) {
      if (other === thread || !translated.isUnread(other)) continue;
      unlessGone(() => {
        if (!translated.isInside(other)) translated.drain(other);
        else if (this.#recreateKept(translated, other)) frozen.push(other);
      });
    }
    return frozen;
  }

  /** Runs threads on that {@link stopOthers} has stopped. */
  thaw(frozen: readonly Thread[]): void {
    this.threads.thaw(frozen);
  }

  /**
   * Recreates the state of a thread whose stop may still be in the queue. True where that stop does
   * not count any more and the thread is to be run on: its instruction raises the signal again.
   */
  #recreateKept(translated: TranslatedThreads, thread: Thread): boolean {
    const { tid } = thread;
    const stop = this.#keptStop(thread);
    if (stop === "exiting") {
      translated.drain(thread);
      return false;
    }
    const info = stop?.kind === "signal" ? signalInfo(tid) : null;
    translated.recreateState(thread);
    // One that a signal has stopped with its whole process is there no more: it is to stop again.
    thread.groupStopped = stop?.kind === "group-stop";
    if (info?.isSynchronous || thread.groupStopped) {
      thread.stopped = true;
      return true;
    }
    if (info) setSignalInfo(tid, info);
    if (stop) this.threads.stops.keep(stop);
    return false;
  }

  #keptStop({ tid }: Thread): StopReason | null | "exiting" {
    const { stops } = this.threads;
    if (!stops.holds(tid)) return null;
    try {
      return stops.of(tid);
    } catch (error) {
      if (error instanceof ThreadGone) return "exiting";
      throw error;
    }
  }
}

/** The end of a thread that is killed meanwhile is still to be reported: the others are not to wait for it. */
function unlessGone(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ThreadGone)) throw error;
  }
}
