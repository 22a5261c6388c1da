import type { Pid, Tid } from "../../model/index.js";
import { resume } from "../../native/ptrace/ptrace.js";
import { SIGKILL } from "../../native/ptrace/signals.js";
import type { StopReason } from "../../native/ptrace/stop.js";
import type { StopQueue } from "../../native/ptrace/stops.js";
import { ThreadGone } from "../../native/ptrace/thread-gone.js";
import { tracesAny } from "../../native/ptrace/tracees.js";

/** What fails is tried again: what it fails of may be over by then. */
const ATTEMPTS = 3;

/**
 * Ends a tracee that cannot be served any more, and everything of it that is still traced, and waits
 * for it: nothing is left, not even a zombie. `pid`: null where its end has been reported. `others`:
 * traced processes beside it. Nothing is asked of the tracee here, and nothing of /proc, for that may be
 * what has failed. Returns how the tracee has ended, where that has been reported here.
 */
export function endTracee(
  pid: Pid | null,
  others: Iterable<Tid>,
  stops: StopQueue,
): StopReason | null {
  stops.idle = null;
  // What could not be answered may be an exit stop, which SIGKILL does not end, or its end.
  let unanswered = stops.last;
  let end = endOf(pid, unanswered);
  const toKill: (Pid | Tid)[] = [...(pid === null || end !== null ? [] : [pid]), ...others];
  for (let failed = 0; ; ) {
    try {
      // Not waited for, so the numbers are still their own.
      for (; toKill.length > 0; toKill.pop()) process.kill(toKill.at(-1)!, "SIGKILL");
      if (unanswered !== null) runOn(unanswered.tid);
      unanswered = null;
      // What is left then may be a child of ours that nobody traces (CLONE_PARENT): it lives on.
      const isGone = pid === null || end !== null;
      if (isGone && !stops.isKeeping && !tracesAny()) return end;
      const stop = stops.next();
      if (stop === null) return end;
      if (stop.kind !== "exited" && stop.kind !== "killed") kill(stop.tid);
      else end ??= endOf(pid, stop);
    } catch (error) {
      if (++failed === ATTEMPTS) throw error;
      unanswered = stops.last;
      end ??= endOf(pid, unanswered);
    }
  }
}

function endOf(pid: Pid | null, stop: StopReason | null): StopReason | null {
  const isEnd = stop?.kind === "exited" || stop?.kind === "killed";
  return isEnd && (stop.tid as number) === pid ? stop : null;
}

/** `tid` is in a ptrace stop: it dies there, or runs on to its exit and dies. */
function kill(tid: Tid): void {
  process.kill(tid, "SIGKILL");
  runOn(tid);
}

function runOn(tid: Tid): void {
  try {
    resume(tid, "continue", SIGKILL);
  } catch (error) {
    if (!(error instanceof ThreadGone)) throw error; // the kill has ended its stop, or it was run on
  }
}
