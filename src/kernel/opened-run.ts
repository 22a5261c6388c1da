import type { GuardedMemory } from "../guard/guarded-memory.js";
import type { Tid, TraceeAddress } from "../model/index.js";
import { type TaskState, taskState } from "../native/ptrace/task-state.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";
import type { Placement } from "./placement.js";
import { behindReentry } from "./reentry.js";
import type { Scratch } from "./scratch.js";

/** Runs calls that have to have guarded pages open. */
export class OpenedRun {
  constructor(
    readonly memory: GuardedMemory,
    readonly threads: ThreadTable,
    readonly scratch: Scratch,
  ) {}

  /**
   * Runs a call, which is at its entry, with all other threads stopped, up to its end or until it
   * sleeps. What it needs no longer then is closed before the others run on. `begin` makes the copies
   * and gives the call its arguments; `ended` is called at its exit stop, if it has come to that.
   */
  run(
    thread: Thread,
    number: number,
    { open, scratchSize, closeWhenAsleep }: Placement,
    begin: (base: TraceeAddress) => void,
    ended: () => void,
  ): void {
    const { tid } = thread;
    const frozen = this.threads.freeze(thread);
    try {
      let base = 0 as TraceeAddress;
      behindReentry(this.memory.code, tid, number, () => {
        if (scratchSize > 0) base = this.scratch.ensure(tid, scratchSize);
        this.memory.protector.openForSyscall(tid, open);
      });
      begin(base);
      this.threads.resume(thread);
      const state = settledState(tid);
      if (state === "stopped") this.#takeExit(thread, ended);
      else if (state === "sleeping" && closeWhenAsleep && frozen[0]) this.close(tid, frozen[0].tid);
    } finally {
      this.threads.thaw(frozen);
    }
  }

  /** Closes what the call of thread `owner` had open, by way of a stopped thread. */
  close(owner: Tid, lender: Tid): void {
    const { code, protector } = this.memory;
    code.borrow(lender, () => protector.closeAfterSyscall(lender, owner));
  }

  #takeExit(thread: Thread, ended: () => void): void {
    const { stops } = this.threads;
    const stop = stops.of(thread.tid);
    if (stop.kind !== "syscall") return stops.keep(stop);
    thread.stopped = true;
    ended();
  }
}

/** Looks this often before it lets others run: a call that does not sleep takes microseconds. */
const EAGER_LOOKS = 20;

/** Between later looks, in ms. */
const PAUSE = 0.2;

/** A call that takes longer holds up the others no longer. */
const MAX_LOOKS = 500;

const never = new Int32Array(new SharedArrayBuffer(4));

/** What a thread that was run on comes to: it stops at its syscall's exit, or sleeps in it. */
function settledState(tid: Tid): TaskState {
  for (let look = 0; look < MAX_LOOKS; look++) {
    const state = taskState(tid);
    if (state !== "running") return state;
    if (look > EAGER_LOOKS) Atomics.wait(never, 0, 0, PAUSE);
  }
  return "running";
}
