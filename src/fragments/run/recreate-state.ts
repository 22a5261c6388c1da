import { RegisterFile } from "../../native/ptrace/registers.js";
import type { RemoteCode } from "../../native/remote/remote-code.js";
import type { LogDrain } from "../log/log-drain.js";
import type { FragmentExit } from "./fragment-exit.js";
import type { FragmentStep } from "./fragment-step.js";
import type { FragmentThread } from "./fragment-threads.js";
import type { StringRuns } from "./string-run.js";

/**
 * Brings threads that a signal has stopped in a fragment to an instruction of the program, with their
 * registers as the program would have them there.
 */
export class StateRecreation {
  constructor(
    readonly code: RemoteCode,
    readonly exit: FragmentExit,
    readonly step: FragmentStep,
    readonly runs: StringRuns,
    readonly drain: LogDrain,
  ) {}

  recreateState(thread: FragmentThread): void {
    const { tid, cache } = thread;
    this.code.borrow(tid, (registers) => {
      for (;;) {
        registers.words.set(RegisterFile.of(tid).words);
        if (!cache.contains(registers.ip)) return this.drain.leave(thread); // it has left by itself
        if (cache.isMissTrap(registers.ip)) {
          cache.leave(registers, tid);
          continue;
        }
        const place = cache.locate(registers.ip);
        if (place?.isStart) {
          this.exit.takeOut(thread, registers, place, false);
          return;
        }
        const isRun = place?.fault?.repeated === true;
        if (isRun ? this.runs.finish(tid, place) : this.step.step(tid, cache)) continue;
        return this.#takeOutAtFault(thread, registers);
      }
    });
  }

  /** The instruction has raised a signal: it will raise that again. */
  #takeOutAtFault(thread: FragmentThread, registers: RegisterFile): void {
    const { tid, cache } = thread;
    registers.words.set(RegisterFile.of(tid).words);
    const place = cache.locate(registers.ip)!;
    const begun = this.exit.takeOut(thread, registers, place, false);
    if (!begun) return;
    this.drain.outside(thread);
    this.runs.record(tid, registers, begun);
  }
}
