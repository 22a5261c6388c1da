import { readFileSync } from "node:fs";

/**
 * The processor time of this very thread so far, in ms: the first number of `schedstat`
 * (Documentation/scheduler/sched-stats.rst). What others take of the machine is not in it.
 */
export function threadTime(): number {
  return Number(readFileSync("/proc/thread-self/schedstat", "latin1").split(" ")[0]) / 1e6;
}
