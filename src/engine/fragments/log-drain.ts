import { RegisterFile } from "../../native/index.js";
import type { FragmentLog } from "./fragment-log.js";
import type { FragmentThread } from "./fragment-threads.js";

/** Reads what a thread has logged where it happens to be stopped: its registers are not touched. */
export class LogDrain {
  constructor(readonly log: FragmentLog) {}

  /** What is logged so far, wherever the thread is; it goes on there. */
  inside({ tid, cache }: FragmentThread): void {
    this.log.take(cache, this.log.endOf(cache, RegisterFile.of(tid)), tid);
  }

  /** All, of a thread that is not in a fragment, or at its exit. */
  outside(thread: FragmentThread): void {
    const { tid, cache } = thread;
    const registers = RegisterFile.of(tid);
    const place = cache.locate(registers.ip);
    const end = this.log.endOf(cache, registers);
    thread.pending = false;
    this.log.take(cache, end, tid);
    if (place && !place.isAdvanced) this.log.takePart(place, end, false, tid);
  }
}
