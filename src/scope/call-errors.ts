import { CallError } from "./call-error.js";
import type { TracedCall } from "./traced-call.js";

const NO_ENDING = { signal: null, exitCode: null, timedOut: false, isCanceled: false } as const;

/** Where a crash was: ` at 0x7f…, in libz.so.1!crc32_z+0x2a`. */
function crashPlace({ crash }: TracedCall): string {
  const touched = crash?.address ? ` on ${crash.address}` : "";
  const place = crash?.symbol ?? crash?.ip ?? null;
  return `${touched}${place ? ` at ${place}` : ""}`;
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
