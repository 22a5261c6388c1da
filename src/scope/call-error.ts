import { type ErrorText, FfiscopeError } from "../model/index.js";
import type { TracedCall } from "./traced-call.js";

/** How a call ended that did not return. */
export interface CallEnding {
  /** The signal that ended the host: `SIGSEGV` and so on. */
  readonly signal: string | null;
  /** Of a call that ended the process. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  /** Its AbortSignal, or the end of its scope or pool, ended it. */
  readonly isCanceled: boolean;
  /** With all its events up to its end; null where it had not begun. */
  readonly call: TracedCall | null;
}

/**
 * A call that did not return. `code` is CALL_CRASHED, CALL_EXITED, CALL_TIMED_OUT, CANCELLED,
 * SCOPE_CLOSED or POOL_CLOSED.
 */
export class CallError extends FfiscopeError implements CallEnding {
  readonly signal: string | null;
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly isCanceled: boolean;
  /** A signal ended it that it was not sent for being late or cancelled. */
  readonly isTerminated: boolean;
  readonly call: TracedCall | null;

  constructor(text: ErrorText, { signal, exitCode, timedOut, isCanceled, call }: CallEnding) {
    super(text);
    this.signal = signal;
    this.exitCode = exitCode;
    this.timedOut = timedOut;
    this.isCanceled = isCanceled;
    this.isTerminated = signal !== null;
    // Not enumerable: an error is printed with its properties, and a call can have millions of events.
    this.call = call;
    Object.defineProperty(this, "call", { enumerable: false });
  }
}
