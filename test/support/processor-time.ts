import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const WINDOW_MS = 2_000;

/** What polls or spins does so in each; what a start has left to do, on a busy machine, does not. */
const WINDOWS = 10;

/**
 * The share of a core that a process, all its threads together, takes while it is left alone: of the
 * first window of {@link WINDOW_MS} in which it is below `limit`, or of the last.
 */
export async function idleShare(pid: number, limit: number): Promise<number> {
  let share = Number.POSITIVE_INFINITY;
  for (let window = 0; window < WINDOWS && share >= limit; window++) {
    const [before, start] = [processorMs(pid), performance.now()];
    await delay(WINDOW_MS);
    share = (processorMs(pid) - before) / (performance.now() - start);
  }
  return share;
}

/** What all threads of a process have used so far, in user and kernel mode, in ms (proc(5)). */
function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [utime, stime] = [Number(fields[11]), Number(fields[12])];
  return ((utime + stime) * 1000) / ticksPerSecond();
}

function ticksPerSecond(): number {
  return Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
}
