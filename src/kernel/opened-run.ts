import type { GuardedMemory } from "../guard/guarded-memory.js";
import type { Tid, TraceeAddress } from "../model/index.js";
import { syscallStop } from "../native/ptrace/ptrace.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";
import type { Placement } from "./placement.js";
import { behindReentry } from "./reentry.js";
import type { Scratch } from "./scratch.js";
import { settledState } from "./settled-state.js";

/** Runs calls that need guarded pages to be open. */
export class OpenedRun {
  constructor(
    readonly memory: GuardedMemory,
    readonly threads: ThreadTable,
    readonly scratch: Scratch,
  ) {}

  /**
   * Runs a call, which is at its entry, with all other threads stopped. They run on when it has ended; a
   * call that goes by a word's address alone closes the pages once it sleeps, and they run on then.
   * `begin` makes the copies and gives the call its arguments; `ended` is called at its exit stop, if it
   * has come to that.
   */
  run(
    thread: Thread,
    number: number,
    { open, scratchSize, closeWhenAsleep }: Placement,
    begin: (base: TraceeAddress) => void,
    ended: () => void,
  ): void {
    const { threads } = this;
    const { tid } = thread;
    const frozen = threads.freeze(thread);
    // Also those that are in a call of their own, and come to its end meanwhile.
    threads.runAlone(thread, (other) => closeWhenAsleep && this.#closeIfAsleep(tid, other));
    try {
      let base = 0 as TraceeAddress;
      behindReentry(this.memory.code, tid, number, () => {
        if (scratchSize > 0) base = this.scratch.ensure(tid, scratchSize);
        this.memory.protector.openForSyscall(tid, open);
      });
      begin(base);
      threads.resume(thread);
      if (settledState(tid) === "stopped") this.#takeExit(thread, ended);
    } finally {
      threads.thaw(frozen);
    }
  }

  /** A call has ended: closes what it had open, and runs the others on. */
  close(thread: Thread): void {
    this.#close(thread.tid, thread.tid);
    this.threads.runTogether(thread);
  }

  #close(owner: Tid, lender: Tid): void {
    const { code, protector } = this.memory;
    code.borrow(lender, () => protector.closeAfterSyscall(lender, owner));
  }

  /** By way of another thread, which is stopped. */
  #closeIfAsleep(owner: Tid, lender: Thread): boolean {
    if (settledState(owner) !== "sleeping") return false;
    const { code, protector } = this.memory;
    const { tid } = lender;
    const stop = syscallStop(tid);
    if (stop.phase !== "entry") this.#close(owner, tid);
    else if (stop.number === null) return false;
    else {
      behindReentry(code, tid, stop.number, () => protector.closeAfterSyscall(tid, owner));
    }
    return true;
  }

  #takeExit(thread: Thread, ended: () => void): void {
    const { stops } = this.threads;
    const stop = stops.of(thread.tid);
    if (stop.kind !== "syscall") return stops.keep(stop);
    thread.stopped = true;
    ended();
  }
}
