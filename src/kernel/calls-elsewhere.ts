import type { ViewUsers } from "../guard/views.js";
import type { Tid } from "../model/index.js";
import { interrupt } from "../native/ptrace/ptrace.js";
import type { StopQueue } from "../native/ptrace/stops.js";
import { ThreadGone } from "../native/ptrace/thread-gone.js";
import type { Area } from "./area.js";
import type { Placement } from "./placement.js";
import { settledState } from "./settled-state.js";

/**
 * System calls under way that were given addresses in the other view of a plain client's pages. Before
 * the memory leaves that, they are ended: the kernel makes them again, by the program's addresses, which
 * are looked at anew.
 */
export class CallsElsewhere implements ViewUsers {
  /** By thread, whether the kernel comes back to the memory once the call has slept. */
  readonly #comesBack = new Map<Tid, boolean>();

  constructor(readonly stops: StopQueue) {}

  /** A thread is at the entry of a call. */
  begun(tid: Tid, { usesOtherView, placed }: Placement): void {
    if (usesOtherView)
      this.#comesBack.set(
        tid,
        placed.some(({ area }) => comesBack(area)),
      );
  }

  /** It is at the exit, or has ended. */
  ended(tid: Tid): void {
    this.#comesBack.delete(tid);
  }

  /**
   * Where the memory leaves `forGood`, no call is to wait by its address there. Else those that sleep may
   * go on sleeping: a wake does not look at the word.
   */
  leave(forGood: boolean): void {
    for (const [tid, comesBack] of this.#comesBack) {
      if (!forGood && !comesBack && isAsleep(tid)) continue;
      endCall(tid, this.stops);
    }
  }
}

/** Ends the system call that a thread is in: its exit stop, or what else has stopped it, is kept. */
export function endCall(tid: Tid, stops: StopQueue): void {
  if (stops.holds(tid)) return;
  try {
    interrupt(tid);
    stops.keep(stops.of(tid));
  } catch (error) {
    if (!(error instanceof ThreadGone)) throw error; // its end is still to be reported
  }
}

function isAsleep(tid: Tid): boolean {
  try {
    return settledState(tid) === "sleeping";
  } catch (error) {
    if (error instanceof ThreadGone) return false;
    throw error;
  }
}

/** Of an area that is used where it lies: a lock is taken by whoever is woken. */
function comesBack({ use, writable, parts }: Area): boolean {
  return use === "pages" || (use === "futex" && writable) || parts.some(comesBack);
}
