import { assertNever, type ErrorText, FfiscopeError, toHex } from "../model/index.js";
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

const NO_ENDING = { signal: null, exitCode: null, timedOut: false, isCanceled: false } as const;

/** Where a crash was, and why: ` on 0x0 at libz.so.1!crc32_z+0x2a: a null pointer was …`. */
function crashPlace({ crash }: TracedCall): string {
  const touched = crash?.address != null ? ` on ${toHex(crash.address)}` : "";
  const place = crash?.symbol ?? (crash?.ip == null ? null : toHex(crash.ip));
  const why = crash?.message ? `: ${crash.message}` : "";
  return `${touched}${place ? ` at ${place}` : ""}${why}`;
}

/** The errors of calls that did not return. `call` null: it had not begun. */
export const callErrors = {
  crashed: (call: TracedCall) =>
    new CallError(
      {
        code: "CALL_CRASHED",
        message: `${call.function} crashed with ${call.signal}${crashPlace(call)}`,
      },
      { ...NO_ENDING, signal: call.signal, call },
    ),

  exited: (call: TracedCall) =>
    new CallError(
      {
        code: "CALL_EXITED",
        message: `${call.function} ended the process with exit code ${call.exitCode}`,
      },
      { ...NO_ENDING, exitCode: call.exitCode, call },
    ),

  timedOut: (name: string, timeout: number, call: TracedCall | null) =>
    new CallError(
      {
        code: "CALL_TIMED_OUT",
        message: `${name} has not returned within ${timeout} ms`,
        remedy: "Give it longer with { timeout }, in ms",
      },
      { ...NO_ENDING, timedOut: true, call },
    ),

  cancelled: (name: string, call: TracedCall | null, cause?: unknown) =>
    new CallError(
      { code: "CANCELLED", message: `${name} was cancelled`, cause },
      { ...NO_ENDING, isCanceled: true, call },
    ),

  closed: (what: "SCOPE" | "POOL", name: string, call: TracedCall | null) =>
    new CallError(
      {
        code: `${what}_CLOSED`,
        message: `${name} was ended: its ${what.toLowerCase()} was closed`,
        remedy: "Await the calls before closing it",
      },
      { ...NO_ENDING, isCanceled: true, call },
    ),
};

/** `call` where it returned; throws a CallError where it did not. `timeout`: its limit, in ms. */
export function returned(call: TracedCall, timeout: number): TracedCall {
  switch (call.outcome) {
    case "returned":
      return call;
    case "crashed":
      throw callErrors.crashed(call);
    case "exited":
      throw callErrors.exited(call);
    case "timed-out":
      throw callErrors.timedOut(call.function, timeout, call);
    case "cancelled":
      throw callErrors.cancelled(call.function, call);
    default:
      return assertNever(call.outcome);
  }
}
