import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Stands in the environment of every process that this run starts, directly or not. */
const MARK = "FFISCOPE_TEST_RUN";

export interface LeftProcess {
  readonly pid: number;
  /** As in proc(5): `Z` is one that nobody waited for, `t` one that is traced and stopped. */
  readonly state: string;
  readonly command: string;
}

/** From here on, what this process starts can be told from what others start. */
export function markDescendants(): void {
  process.env[MARK] = randomUUID();
}

/** Our children, and what descends from us and was left to init. */
export function leftProcesses(): readonly LeftProcess[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const stat = contentOf(`/proc/${pid}/stat`);
    // The name is in parentheses, and may hold some itself.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (!state || Number(pid) === process.pid) return [];
    if (Number(parent) !== process.pid && !isMarked(pid)) return [];
    const command = contentOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
    const name = stat.slice(stat.indexOf("("), stat.lastIndexOf(")") + 1);
    return [{ pid: Number(pid), state, command: command || name }];
  });
}

/**
 * Waits until no process is left, and rejects with the names of those that are after `withinMs`.
 * A process that is killed is not gone at once, and one that is no child of ours tells nobody.
 */
export async function expectNothingLeft(withinMs = 2_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const left = leftProcesses();
    if (left.length === 0) return;
    if (performance.now() > deadline)
      throw new Error(`left behind: ${left.map(nameOf).join(", ")}`);
    await delay(10);
  }
}

export function nameOf({ pid, state, command }: LeftProcess): string {
  return `process ${pid} (state ${state}): ${command}`;
}

function isMarked(pid: string): boolean {
  const mark = process.env[MARK];
  return mark !== undefined && contentOf(`/proc/${pid}/environ`).includes(`${MARK}=${mark}`);
}

/** Empty where the process is gone, or another user's. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
