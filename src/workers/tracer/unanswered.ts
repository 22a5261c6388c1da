import { resume } from "../../native/ptrace/ptrace.js";
import { SIGTRAP } from "../../native/ptrace/signals.js";
import type { StopReason } from "../../native/ptrace/stop.js";
import { ThreadGone } from "../../native/ptrace/thread-gone.js";
import type { ThreadTable } from "../../threads/thread-table.js";

/**
 * Runs a task on whose stop could not be answered for `error`, and all that were stopped meanwhile: a
 * vfork child outlives the thread that had it stopped. Where the task is gone itself, its end is still
 * to be reported; but it may be another that is gone, and not even SIGKILL ends one at its exit stop.
 */
export function runOnUnanswered(threads: ThreadTable, stop: StopReason, error: unknown): void {
  threads.thawAll(stop.tid);
  const { kind, tid } = stop;
  if (kind === "exited" || kind === "killed") return;
  if (error instanceof ThreadGone && error.tid === tid && kind !== "exiting") return;
  const thread = threads.get(tid);
  const signal = kind === "signal" && stop.signal !== SIGTRAP ? stop.signal : 0;
  try {
    if (!thread) resume(tid, "continue", signal);
    else if (thread.stopped) threads.resume(thread, signal);
  } catch (gone) {
    if (!(gone instanceof ThreadGone)) throw gone;
  }
}
