import { RegisterFile } from "../../native/ptrace/registers.js";
import type { FragmentThread } from "../run/fragment-threads.js";
import type { FragmentLog } from "./fragment-log.js";

/** Reads the log of a stopped thread, wherever that is, and leaves its registers alone. */
export class LogDrain {
  constructor(readonly log: FragmentLog) {}

  /** What is logged so far, wherever the thread is; it goes on there. */
  inside(thread: FragmentThread): void {
    const { tid, cache } = thread;
    if (!thread.pending) this.log.takeAll(cache, tid);
    else this.log.take(cache, this.log.endOf(cache, RegisterFile.of(tid)).end, tid);
  }

  /** Reads all of it, for a thread that is outside of fragments or at their exit. */
  outside(thread: FragmentThread): void {
    this.leave(thread);
    this.log.takeAll(thread.cache, thread.tid);
  }

  /** As {@link outside}, but leaves the reading for later. */
  leave(thread: FragmentThread): void {
    const { tid, cache } = thread;
    if (!thread.pending) return;
    const { end, cut } = this.log.endOf(cache, RegisterFile.of(tid));
    cache.log.leave(end, cut);
    thread.pending = false;
  }
}
