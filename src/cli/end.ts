import { exitCodeOf } from "./exit-codes.js";
import { knownError } from "./known-error.js";
import { say } from "./output.js";

/** Ends the command for an error: one line for what is known, a stack trace for a defect of ours. */
export function end(error: unknown): void {
  const failure = knownError(error);
  if (failure === null) throw error;
  process.exitCode = exitCodeOf(failure);
  say(failure.message.replaceAll(/\s*\n\s*/g, " "));
}
