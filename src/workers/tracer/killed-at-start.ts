import { execFailed } from "../../native/launch/spawn.js";
import type { SignalNumber } from "../../native/ptrace/signals.js";
import type { StopReason } from "../../native/ptrace/stop.js";
import { ThreadGone } from "../../native/ptrace/thread-gone.js";

/** The process was killed, by somebody else, before it could be traced: the session ends as with any death. */
export class KilledAtStart extends Error {
  constructor(readonly signal: SignalNumber) {
    super(`killed by signal ${signal}`);
  }
}

/** What a start has failed of: `error`, but where it is that the process is gone, how it has ended. */
export function failureOfStart(error: unknown, end: StopReason | null, program: string): unknown {
  if (!(error instanceof ThreadGone)) return error;
  if (end?.kind === "killed") return new KilledAtStart(end.signal);
  return end?.kind === "exited" ? execFailed(program, end.code) : error;
}
