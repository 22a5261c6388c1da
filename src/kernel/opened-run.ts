import type { GuardedMemory } from "../guard/guarded-memory.js";
import type { Tid, TraceeAddress } from "../model/index.js";
import { type TaskState, taskState } from "../native/ptrace/task-state.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";
import type { Placement } from "./placement.js";
import { behindReentry } from "./reentry.js";
import type { Scratch } from "./scratch.js";

/** Runs calls that need guarded pages to be open. */
export class OpenedRun {
  constructor(
    readonly memory: GuardedMemory,
    readonly threads: ThreadTable,
    readonly scratch: Scratch,
  ) {}

  /**
   * Runs a call from its entry stop, with all other threads stopped, until it ends or sleeps. Pages
   * that it does not need while it sleeps are closed before the others run on. `begin` makes the
   * copies and puts in the call's arguments; `ended` is called if it has come to its exit stop.
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

/** Looks this often without a pause: a call that does not sleep takes microseconds. */
const EAGER_LOOKS = 20;

/** Pause between later looks, in ms. */
const PAUSE = 0.2;

/** After so many looks the other threads run on, though the call has not ended. */
const MAX_LOOKS = 500;

const never = new Int32Array(new SharedArrayBuffer(4));

/** Waits until a running thread stops at its syscall's exit or sleeps in the call. */
function settledState(tid: Tid): TaskState {
  for (let look = 0; look < MAX_LOOKS; look++) {
    const state = taskState(tid);
    if (state !== "running") return state;
    if (look > EAGER_LOOKS) Atomics.wait(never, 0, 0, PAUSE);
  }
  return "running";
}
