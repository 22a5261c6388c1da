/** What this process uses, and what it has started. */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/** Stands in the environment of all that descends from this process, so that orphans are seen too. */
const MARK = "FFISCOPE_SOAK";
process.env[MARK] = randomUUID();

/** Threads of piscina that idle end after a second. */
const IDLE_MS = 1_500;

/** Waiting for what was killed to be gone, in ms. */
const LONGEST_WAIT_MS = 10_000;

export const MEASURES = [
  { name: "threads", unit: "" },
  { name: "descriptors", unit: "" },
  { name: "processes", unit: "" },
  { name: "rss", unit: "MiB" },
  { name: "heap", unit: "MiB" },
  { name: "buffers", unit: "MiB" },
];

/** In MiB: rss, heap, buffers. */
export function usage() {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    threads: readdirSync("/proc/self/task").length,
    descriptors: readdirSync("/proc/self/fd").length - 1, // the folder's own
    processes: descendants().length,
    rss: rss / 2 ** 20,
    heap: heapUsed / 2 ** 20,
    buffers: arrayBuffers / 2 ** 20,
  };
}

/** As {@link usage}, once everything that ends by itself has had the time to. */
export async function usageAtRest() {
  await delay(IDLE_MS);
  for (const startedAt = performance.now(); performance.now() - startedAt < LONGEST_WAIT_MS; ) {
    if (descendants().length === 0) break;
    await delay(50);
  }
  collect();
  await delay(0);
  collect();
  return usage();
}

/** The ids of all processes that descend from this one, zombies too. */
export function descendants() {
  const pids = readdirSync("/proc").filter(
    (name) => /^\d+$/.test(name) && name !== `${process.pid}`,
  );
  return pids.filter((pid) => {
    const stat = contentOf(`/proc/${pid}/stat`);
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(parent) === process.pid) return true;
    return contentOf(`/proc/${pid}/environ`).includes(`${MARK}=${process.env[MARK]}`);
  });
}

function contentOf(path) {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // it has ended meanwhile, or is another user's
  }
}
