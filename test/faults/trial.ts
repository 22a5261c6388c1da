import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createSession, type SessionActor, sessionEnd } from "ffiscope/machines";

/** What a session takes at most, in ms; a hundredth of it on a quiet machine. */
const LONGEST_MS = 30_000;

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
  const before = opened();
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

/** Tracers end a moment after their sessions. */
const GONE_WITHIN_MS = 3000;

async function leftAfter(before: readonly string[]): Promise<string[]> {
  for (const from = performance.now(); ; ) {
    const left = [...children(), ...without(opened(), before)];
    if (left.length === 0 || performance.now() - from > GONE_WITHIN_MS) return left;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Our children, zombies too. */
function children(): string[] {
  return readdirSync("/proc/self/task").flatMap((tid) => {
    const pids = childrenOf(tid);
    return pids === "" ? [] : pids.split(" ").map((pid) => `process ${pid}`);
  });
}

/** Empty where the thread has ended meanwhile. */
function childrenOf(tid: string): string {
  try {
    return readFileSync(`/proc/self/task/${tid}/children`, "latin1").trim();
  } catch (error) {
    if (!/ENOENT|ESRCH/.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return "";
  }
}

/** What Node opens for itself, for each of its threads. */
const NODES = /eventpoll|eventfd|io_uring|\/dev\/null/;

/** What is open, but for what belongs to Node's threads, which come and go. */
function opened(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return NODES.test(target) || /^\/proc\/\d+\/(fd|task)$/.test(target)
        ? []
        : [`${fd} ${target}`];
    } catch {
      return []; // that of the folder itself
    }
  });
}

function without(all: readonly string[], known: readonly string[]): string[] {
  const left = [...known];
  return all.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
