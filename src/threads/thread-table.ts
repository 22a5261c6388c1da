import type { Tid } from "../model/index.js";
import { interrupt, listen, type ResumeMode, resume } from "../native/ptrace/ptrace.js";
import type { StopQueue } from "../native/ptrace/stops.js";
import { ThreadGone } from "../native/ptrace/thread-gone.js";

/** A thread of the tracee, as the tracer left it. */
export interface Thread {
  readonly tid: Tid;
  /** Of the tracee itself, not of a vfork child that still shares its memory. */
  readonly own: boolean;
  /** In a ptrace stop that has been taken from the queue. */
  stopped: boolean;
  /** The process is stopped by a signal (SIGSTOP), and so is the thread: {@link ThreadTable.listen}. */
  groupStopped: boolean;
  /**
   * Between a syscall's entry stop and its exit stop, so that it runs no instruction before it
   * stops again.
   */
  inSyscall: boolean;
  /** It has made a child with CLONE_VFORK: until that execs or ends it cannot run, nor be stopped. */
  awaitsChild: boolean;
  /** What it shared its memory with is gone: it is let go as soon as it can be. */
  leaving: boolean;
  /** It is at PTRACE_EVENT_EXIT or past it. */
  exiting: boolean;
  /** It has called a JavaScript function, and is stopped until that has returned. */
  inCallback: boolean;
  /** Its syscalls are watched. */
  watched: boolean;
}

/** One thread runs, and those that would run on wait. */
interface Alone {
  readonly thread: Thread;
  /** Asked for each thread that is to wait, while it is stopped: true where it need not. */
  readonly mayGoOn: (other: Thread) => boolean;
  /** What is to be done with each of them then. */
  readonly waiting: Map<Thread, () => void>;
}

/** Every thread of the tracee. */
export class ThreadTable {
  readonly #threads = new Map<Tid, Thread>();
  #alone: Alone | null = null;

  constructor(readonly stops: StopQueue) {}

  add(tid: Tid, watched: boolean, own = true): Thread {
    const thread: Thread = {
      tid,
      own,
      watched,
      stopped: true,
      groupStopped: false,
      inSyscall: false,
      awaitsChild: false,
      leaving: false,
      exiting: false,
      inCallback: false,
    };
    this.#threads.set(tid, thread);
    return thread;
  }

  get(tid: Tid): Thread | undefined {
    return this.#threads.get(tid);
  }

  delete(tid: Tid): void {
    const thread = this.#threads.get(tid);
    this.#threads.delete(tid);
    if (thread) this.runTogether(thread);
  }

  /** The tracee has become another program: of its threads there is none. */
  deleteOwn(): void {
    for (const { tid, own } of this) if (own) this.#threads.delete(tid);
    const waiting = this.#alone?.waiting ?? [];
    this.#alone = null;
    for (const [thread, goOn] of waiting) if (!thread.own) passOverGone(goOn);
  }

  get isEmpty(): boolean {
    return this.#threads.size === 0;
  }

  *[Symbol.iterator](): Generator<Thread> {
    yield* this.#threads.values();
  }

  /** Threads of the tracee itself that have not come to their exit. */
  get living(): number {
    let count = 0;
    for (const thread of this) if (thread.own && !thread.exiting) count++;
    return count;
  }

  /**
   * From here on no thread but this one is run on, until {@link runTogether}, or one for which `mayGoOn`
   * says so: then all are.
   */
  runAlone(thread: Thread, mayGoOn: (other: Thread) => boolean): void {
    this.#alone = { thread, mayGoOn, waiting: new Map() };
  }

  /** All threads are run on that have waited for `thread`. */
  runTogether(thread: Thread): void {
    const alone = this.#alone;
    if (alone?.thread !== thread) return;
    this.#alone = null;
    for (const goOn of alone.waiting.values()) passOverGone(goOn);
  }

  /**
   * Another thread runs alone: this one is not to begin anything. One that is in a system call comes to
   * its exit stop first, and one that exits runs nothing of the program's.
   */
  mustWait(thread: Thread): boolean {
    if (this.#alone === null || this.#alone.thread === thread) return false;
    return !thread.inSyscall && !thread.exiting;
  }

  /** Has `goOn` called for a stopped thread once it need not wait. */
  later(thread: Thread, goOn: () => void): void {
    const alone = this.#alone;
    if (alone === null) return goOn();
    alone.waiting.set(thread, goOn);
    if (alone.mayGoOn(thread)) this.runTogether(alone.thread);
  }

  /** Runs on what was stopped for the sake of `except`, which is gone or was not answered. */
  thawAll(except: Tid): void {
    const isStopped = (thread: Thread) =>
      thread.stopped && !thread.inCallback && !this.#alone?.waiting.has(thread);
    this.thaw([...this].filter((thread) => thread.tid !== except && isStopped(thread)));
  }

  /** Runs a stopped thread on, delivering `signal` unless it is 0. */
  resume(thread: Thread, signal = 0): void {
    // Once it need not wait for this one, it may have to for the next.
    if (this.mustWait(thread)) return this.later(thread, () => this.resume(thread, signal));
    this.#runOn(thread, signal);
  }

  #runOn(thread: Thread, signal: number): void {
    const mode: ResumeMode = thread.watched ? "syscall" : "continue";
    thread.stopped = false;
    thread.groupStopped = false;
    resume(thread.tid, mode, signal);
  }

  /** A thread is at a group stop: leaves it there, as it would be untraced, until SIGCONT. */
  listen(thread: Thread): void {
    thread.stopped = false;
    thread.groupStopped = true;
    listen(thread.tid);
  }

  /** A stop of a thread has been taken from the queue. */
  hasStopped(thread: Thread): void {
    thread.stopped = true;
    thread.groupStopped = false;
    thread.awaitsChild = false;
  }

  /**
   * Runs a watched thread on from a syscall's entry to the signal that the call raises for it,
   * without an exit stop.
   */
  resumeToSignal(thread: Thread): void {
    thread.stopped = false;
    thread.inSyscall = false;
    resume(thread.tid, "continue");
  }

  /**
   * Stops every thread but `except`; returns those to {@link thaw}. A thread inside a watched syscall
   * is left alone: it stops at the syscall's exit before it can run an instruction; so is one that
   * waits for a child in the kernel. A thread that stops for a reason of its own stays stopped too,
   * until the loop takes that stop from the queue.
   */
  freeze(except: Thread): Thread[] {
    return this.#freeze([...this].filter((thread) => thread !== except));
  }

  #freeze(threads: readonly Thread[]): Thread[] {
    const interrupted: Thread[] = [];
    for (const thread of threads) {
      if (thread.stopped || thread.inSyscall || thread.awaitsChild || thread.exiting) continue;
      if (this.stops.holds(thread.tid)) continue;
      if (this.#interrupt(thread)) interrupted.push(thread);
    }
    return interrupted;
  }

  /**
   * Watches the syscalls of every thread but `except` from here on. `note` is given each newly
   * watched thread while it is stopped.
   */
  watch(except: Thread, note: (thread: Thread) => void): void {
    const unwatched = [...this].filter((thread) => thread !== except && !thread.watched);
    const frozen = this.#freeze(unwatched);
    for (const thread of unwatched) thread.watched = true;
    for (const thread of frozen) note(thread);
    this.thaw(frozen);
  }

  thaw(frozen: readonly Thread[]): void {
    for (const thread of frozen) {
      passOverGone(() => {
        // It stops again at once, for the loop to look after it.
        if (thread.groupStopped || thread.leaving) interrupt(thread.tid);
        this.resume(thread);
      });
    }
  }

  /**
   * True if it has stopped for our interrupt; false for a stop of its own, or if it is gone. One that is
   * stopped by a signal stops once more, for while we listen for the end of that it cannot be looked at.
   */
  #interrupt(thread: Thread): boolean {
    try {
      interrupt(thread.tid);
      const stop = this.stops.ofInterrupted(thread.tid);
      if (stop === null) return false;
      if (stop.kind === "interrupted" || (stop.kind === "group-stop" && thread.groupStopped)) {
        thread.groupStopped &&= stop.kind === "group-stop";
        thread.stopped = true;
        return true;
      }
      this.stops.keep(stop);
      return false;
    } catch (error) {
      if (error instanceof ThreadGone) return false;
      throw error;
    }
  }
}

/** The end of a thread that is gone is still to be reported. */
function passOverGone(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ThreadGone)) throw error;
  }
}
