import type { CrashSite } from "../../workers/tracer/messages.js";
import { retcode } from "./retcode.js";
import type { FailureFacts, SessionContext } from "./session-context.js";
import type { ViolationFacts } from "./session-events.js";

/** How a session ended. */
export interface SessionOutput {
  /** What the supervisor returns; the system keeps its low 8 bits. */
  readonly retcode: number;
  readonly exitCode: number | null;
  /** What killed the child. */
  readonly signal: string | null;
  readonly violation: ViolationFacts | null;
  readonly failure: FailureFacts | null;
  /** The start-up SIGSTOP has come. */
  readonly ready: boolean;
  /** Where that was raised, and /proc/PID/maps of the moment; null where it has not been seen. */
  readonly crash: { readonly site: CrashSite; readonly maps: string } | null;
  /** A call was armed or running when the child ended. */
  readonly duringCall: boolean;
}

export function outputOf(context: SessionContext): SessionOutput {
  const { override, exitCode, signal, exiting, violation, failure } = context;
  return {
    retcode: retcode({ override, exitCode, failed: violation !== null || failure !== null }),
    exitCode,
    signal,
    crash: signal !== null && exiting?.crash ? { site: exiting.crash, maps: exiting.maps } : null,
    violation,
    failure,
    ready: context.ready,
    duringCall: context.current !== null && context.current.phase !== "over",
  };
}
