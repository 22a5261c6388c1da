import { readFileSync } from "node:fs";

/**
 * For how long this very thread has been ready to run and had no processor, in ms: the second number of
 * `schedstat` (Documentation/scheduler/sched-stats.rst). 0 where the kernel does not count.
 */
export function waitedForProcessor(): number {
  try {
    return Number(readFileSync("/proc/thread-self/schedstat", "latin1").split(" ")[1]) / 1e6;
  } catch {
    return 0; // CONFIG_SCHED_INFO is off, or /proc shows processes alone
  }
}
