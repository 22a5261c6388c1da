import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Stands in the environment of ffiscope and of whatever it starts. */
export const MARK = "FFISCOPE_SCENARIO";

/** A process that is killed is not gone at once, and one that is no child of ours tells nobody. */
const GONE_WITHIN_MS = 10_000;

export interface Leftover {
  readonly pid: number;
  /** As in proc(5). */
  readonly state: string;
  readonly command: string;
}

/** What is left of a scenario: by its session, which a zombie keeps, or by its mark, which a daemon does. */
export function leftovers(session: number, mark: string): Leftover[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const stat = contentOf(`/proc/${pid}/stat`);
    // The name is in parentheses, and may hold some itself.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, , , sessionOfProcess] = fields;
    if (state === undefined || sessionOfProcess === undefined) return [];
    const marked = contentOf(`/proc/${pid}/environ`).includes(`${MARK}=${mark}`);
    if (Number(sessionOfProcess) !== session && !marked) return [];
    const command = contentOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
    return [{ pid: Number(pid), state, command: command || stat.slice(stat.indexOf("(")) }];
  });
}

/** Waits until nothing is left of a scenario; rejects with what is. */
export async function nothingLeft(session: number, mark: string): Promise<void> {
  const deadline = performance.now() + GONE_WITHIN_MS;
  for (;;) {
    const left = leftovers(session, mark);
    if (left.length === 0) return;
    if (performance.now() > deadline) {
      const names = left.map(({ pid, state, command }) => `${pid} (${state}) ${command}`);
      throw new Error(`left behind: ${names.join(", ")}`);
    }
    await delay(10);
  }
}

/** Empty where the process is gone, or another user's. */
export function contentOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
