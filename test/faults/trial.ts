import { createSession, type SessionActor, sessionEnd } from "ffiscope/machines";
import { leftAfter, present } from "./left.js";

/** What a session takes at most, in ms; a hundredth of it on a quiet machine. */
const LONGEST_MS = 15_000;

/** How a session ended, and what it has left. */
export interface Trial {
  /** `served`, the code of its failure, `violation`, or what must not be: see {@link isBad}. */
  readonly outcome: string;
  readonly message: string;
  readonly left: readonly string[];
}

/** Ended in another way than typed, or has left something. */
export function isBad({ outcome, left }: Trial): boolean {
  return left.length > 0 || /^(hangs|rejected|uncaught|code)/.test(outcome);
}

const uncaught: unknown[] = [];
process.on("uncaughtException", (error) => uncaught.push(error));
process.on("unhandledRejection", (error) => uncaught.push(error));

/**
 * Runs `command` in a session. `entered` is told each state that its machine comes to, `ended` that it
 * is over. `expected`: the codes that are well.
 */
export async function runTrial(
  [command, ...args]: readonly string[],
  entered: (state: string, session: SessionActor) => void,
  ended: () => void,
  expected: readonly number[] = [7],
): Promise<Trial> {
  const before = present();
  const session = createSession({ command: command!, args, startTimeout: LONGEST_MS / 2 });
  session.subscribe({
    next: ({ value }) => entered(value.lifecycle, session),
    error: () => {}, // sessionEnd rejects with it
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
  let message = "";
  try {
    const { failure, violation, retcode } = await Promise.race([end, never(LONGEST_MS + 5000)]);
    if (isOver) outcome = "hangs";
    else if (failure) [outcome, message] = [failure.code, failure.message];
    else if (violation) [outcome, message] = ["violation", `${violation.state}: ${violation.came}`];
    else outcome = expected.includes(retcode) ? "served" : `code ${retcode}`;
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
  return { outcome, message, left };
}

function never(ms: number): Promise<never> {
  return new Promise((_, reject) =>
    setTimeout(() => reject(new Error("it has not ended")), ms).unref(),
  );
}
