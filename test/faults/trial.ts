import {
  createSession,
  type SessionActor,
  type SessionOutput,
  sessionEnd,
} from "ffiscope/machines";
import { leftAfter, present } from "./left.js";

/** What a session takes at most, in ms; a hundredth of it on a quiet machine. */
const LONGEST_MS = 15_000;

/** How a session ended, and what it has left. */
export interface Trial {
  /** `served`, the code of its failure, `violation`, or what must not be: see {@link isBad}. */
  readonly outcome: string;
  readonly message: string;
  readonly left: readonly string[];
  /** Of each call that has returned: how many it made. */
  readonly accesses: readonly number[];
}

/** Of invariants, too: what fails of a system call is to say so. */
const BAD =
  /^(hangs|rejected|uncaught|code|signal|not served|INTERNAL|STOP_UNCLAIMED|REGISTER_NOT|ACCESS_OUTSIDE)/;

/** Ended in another way than typed or expected, or has left something. */
export function isBad({ outcome, left }: Trial): boolean {
  return left.length > 0 || BAD.test(outcome);
}

/** How a session may end that has neither failed nor broken a rule. */
export interface Expected {
  readonly codes: readonly number[];
  /** The signal that the program dies by; of any where it is not given. */
  readonly signal?: string;
  /** Failures and violations are none of the ways. */
  readonly mustServe?: boolean;
}

const uncaught: unknown[] = [];
process.on("uncaughtException", (error) => uncaught.push(error));
process.on("unhandledRejection", (error) => uncaught.push(error));

/**
 * Runs `command` in a session. `entered` is told each state that its machine comes to, `ended` that it
 * is over.
 */
export async function runTrial(
  [command, ...args]: readonly string[],
  entered: (state: string, session: SessionActor) => void,
  ended: () => void,
  expected: Expected = { codes: [7] },
): Promise<Trial> {
  const before = present();
  const session = createSession({ command: command!, args, startTimeout: LONGEST_MS / 2 });
  session.subscribe({
    next: ({ value }) => entered(value.lifecycle, session),
    error: () => {}, // sessionEnd rejects with it
  });
  const accesses: number[] = [];
  session.on("call", ({ record }) => {
    if (record.outcome === "returned") accesses.push(record.log.length);
  });
  let isOver = false;
  const limit = setTimeout(() => {
    isOver = true;
    session.send({ type: "session.kill" });
  }, LONGEST_MS);
  const end = sessionEnd(session);
  entered("starting", session);
  session.start();
  let outcome: string;
  let message: string;
  try {
    const output = await Promise.race([end, never(LONGEST_MS + 5000)]);
    [outcome, message] = isOver ? ["hangs", ""] : outcomeOf(output, expected);
  } catch (error) {
    outcome = isOver ? "hangs for good" : "rejected";
    message = String((error as Error).message);
  }
  clearTimeout(limit);
  ended();
  const left = await leftAfter(before);
  for (const error of uncaught.splice(0)) {
    [outcome, message] = ["uncaught", String((error as Error).stack)];
  }
  return { outcome, message, left, accesses };
}

function outcomeOf(
  { failure, violation, retcode, signal }: SessionOutput,
  expected: Expected,
): [outcome: string, message: string] {
  const not = expected.mustServe ? "not served: " : "";
  if (failure) return [`${not}${failure.code}`, failure.message];
  if (violation) return [`${not}violation`, `${violation.state}: ${violation.came}`];
  if (!expected.codes.includes(retcode)) return [`code ${retcode}`, ""];
  if ((expected.signal ?? signal) !== signal) return [`signal ${signal}`, ""];
  return ["served", ""];
}

function never(ms: number): Promise<never> {
  return new Promise((_, reject) =>
    setTimeout(() => reject(new Error("it has not ended")), ms).unref(),
  );
}
