import { AsyncLocalStorage } from "node:async_hooks";

/** Enough for the session to lease its line to the tracer. */
const CALLS_BEFORE = 12;

const isLeased = new AsyncLocalStorage<boolean>();

/** Runs `body` with calls before those of its scripts, for which the session leases the line. */
export function leased<T>(body: () => Promise<T>): Promise<T> {
  return isLeased.run(true, body);
}

/** How many such calls there are before those of a script. */
export function callsBefore(): number {
  return isLeased.getStore() ? CALLS_BEFORE : 0;
}

/** The steps of a script, behind such calls where there are to be some: they follow the start-up. */
export function behindCalls(steps: readonly string[]): readonly string[] {
  const [first, ...others] = steps;
  const count = callsBefore();
  return count > 0 && first === "stop" ? [first, `warm:${count}`, ...others] : steps;
}
