import type { Tid } from "../../model/index.js";
import { yieldCpu } from "../affinity.js";
import type { StopReason } from "./stop.js";
import { isHeldBy, taskState } from "./task-state.js";
import { ThreadGone } from "./thread-gone.js";
import { pollStop, waitForStop } from "./wait.js";

/**
 * All waiting for stops goes through here. Stops of other threads than the one waited for are kept,
 * and those threads stay stopped until their stop is taken.
 */
export class StopQueue {
  readonly #kept: StopReason[] = [];
  /** Stops and ends that the kernel has reported so far. */
  count = 0;

  /** What was handed on last: where it could not be answered, its thread is there still. */
  last: StopReason | null = null;

  /** What is done while nothing has stopped, a step at a time. */
  idle: Iterator<void> | null = null;

  /**
   * The next stop of any thread, kept ones first; null when no tracee is left. waitid prefers some
   * threads to others, so what else is there is collected too: a busy thread starves no other.
   */
  next(): StopReason | null {
    return this.#withOthers(this.#kept.shift() ?? this.#idleUntilStop() ?? this.#wait());
  }

  /** As {@link next}, without waiting: null when there is none now. */
  poll(): StopReason | null {
    return this.#withOthers(this.#kept.shift() ?? this.#poll());
  }

  #withOthers(stop: StopReason | null): StopReason | null {
    this.last = stop ?? this.last;
    for (let more = stop && this.#poll(); more; more = this.#poll()) this.#kept.push(more);
    return stop;
  }

  /** The next stop of `tid`. Throws {@link ThreadGone} if it ends instead. */
  of(tid: Tid): StopReason {
    const index = this.#kept.findIndex((stop) => stop.tid === tid);
    if (index >= 0 && !isEnd(this.#kept[index]!)) return this.#kept.splice(index, 1)[0]!;
    if (index >= 0) throw new ThreadGone(tid);
    for (;;) {
      const stop = this.#kept.some(isAtExit) ? this.#waitFor(tid) : this.#wait();
      if (stop === null) throw new ThreadGone(tid);
      if (stop.tid === tid && !isEnd(stop)) return stop;
      this.#kept.push(stop);
      if (stop.tid === tid) throw new ThreadGone(tid);
    }
  }

  /**
   * As {@link of}, of a thread that was told to stop (PTRACE_INTERRUPT). Null where it waits in the
   * kernel for what may come only when we have gone on: for a child that it has made with CLONE_VFORK,
   * or for the threads that its execve(2) ends, whose exit stops are kept here. It then runs no
   * instruction before the stop, which comes when it comes.
   */
  ofInterrupted(tid: Tid): StopReason | null {
    if (this.holds(tid)) return this.of(tid);
    const from = performance.now();
    for (let asleep = 0; ; ) {
      for (let stop = this.#poll(); stop; stop = this.#poll()) {
        if (stop.tid === tid && !isEnd(stop)) return stop;
        this.#kept.push(stop);
        if (stop.tid === tid) throw new ThreadGone(tid);
      }
      if (performance.now() - from < SOON_MS) {
        yieldCpu();
        continue;
      }
      if (taskState(tid) === "gone") throw new ThreadGone(tid);
      asleep = isHeldBy(tid, this.#kept.some(isAtExit)) ? asleep + 1 : 0;
      if (asleep >= HELD_LOOKS) return null;
      Atomics.wait(never, 0, 0, PAUSE_MS);
    }
  }

  /** As {@link next}, for so many ms at the most: null when none came. */
  nextWithin(ms: number): StopReason | null {
    for (const from = performance.now(); ; ) {
      const stop = this.poll();
      if (stop !== null || performance.now() - from > ms) return stop;
      Atomics.wait(never, 0, 0, PAUSE_MS);
    }
  }

  /** Some stop is kept. */
  get isKeeping(): boolean {
    return this.#kept.length > 0;
  }

  /**
   * As {@link #wait}, while a thread is kept at its exit. If that is a whole process's, and `tid` its
   * leader, whose end is reported only when the other threads are gone, there would be nothing to wait
   * for. This happens while a process is killed, and not for long.
   */
  #waitFor(tid: Tid): StopReason | null {
    for (;;) {
      const stop = this.#poll();
      if (stop !== null) return stop;
      if (taskState(tid) === "gone") throw new ThreadGone(tid);
      Atomics.wait(never, 0, 0, PAUSE_MS);
    }
  }

  #wait(): StopReason | null {
    this.count++;
    return waitForStop();
  }

  #poll(): StopReason | null {
    const stop = pollStop();
    if (stop) this.count++;
    return stop;
  }

  /** Null once there is nothing to do but wait. */
  #idleUntilStop(): StopReason | null {
    while (this.idle?.next().done === false) {
      const stop = this.#poll();
      if (stop) return stop;
    }
    return null;
  }

  /** Keeps `stop` for a later {@link next}. */
  keep(stop: StopReason): void {
    this.#kept.push(stop);
  }

  /** A stop of `tid` is kept: it is stopped although nobody has looked at it yet. */
  holds(tid: Tid): boolean {
    return this.#kept.some((stop) => stop.tid === tid);
  }
}

const never = new Int32Array(new SharedArrayBuffer(4));
const PAUSE_MS = 0.2;

/** A thread that can stop has done so after this, unless it waits for a processor. In ms. */
const SOON_MS = 0.25;

/** A thread is held in the kernel that is found there so often, {@link PAUSE_MS} apart. */
const HELD_LOOKS = 3;

function isAtExit({ kind }: StopReason): boolean {
  return kind === "exiting";
}

function isEnd(stop: StopReason): boolean {
  return stop.kind === "exiting" || stop.kind === "exited" || stop.kind === "killed";
}
