import type { Death, LaunchNote } from "../../workers/tracer/messages.js";
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
  /** The child's command line, where it is not the program that was started. */
  readonly program: string | null;
  /** A child that speaks extensions has become another program in a call. */
  readonly execed: boolean;
  /** The program has started another, before that. */
  readonly launching: boolean;
  /** What there is to say of programs that it has started, and that are not the child. */
  readonly launched: readonly LaunchNote[];
  /** Where that was raised, and /proc/PID/maps of the moment; null where it has not been seen. */
  readonly crash: Death | null;
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
    program: context.program,
    execed: context.execed && context.features !== null,
    launching: context.launching,
    launched: context.launched,
    duringCall: context.current !== null && context.current.phase !== "over",
  };
}

/** Of a session that has failed itself: an error that nobody is to see. */
export function outputOfDefect(error: unknown, remedy: string | null): SessionOutput {
  const message = `internal error in the session: ${error instanceof Error ? error.message : error}`;
  return {
    retcode: 1,
    exitCode: null,
    signal: null,
    crash: null,
    violation: null,
    failure: { code: "INTERNAL", message, remedy },
    ready: false,
    program: null,
    execed: false,
    launching: false,
    launched: [],
    duringCall: false,
  };
}
