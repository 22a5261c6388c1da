import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { hasTasks } from "./wait.js";

/**
 * Some task is traced by this very thread. Not what waitid(2) tells: this waits for children of our own,
 * too, and a tracee makes those with CLONE_PARENT. So where there is anything to wait for, all of /proc
 * is read, which takes a few ms.
 */
export function tracesAny(): boolean {
  return hasTasks() && (tracedTasks() ?? 1) !== 0;
}

/** How many there are; null where /proc does not tell. */
function tracedTasks(): number | null {
  try {
    const tracer = readlinkSync("/proc/thread-self").split("/").at(-1); // PID/task/TID
    const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    const tasks = processes.flatMap((pid) =>
      unlessGone(() => readdirSync(`/proc/${pid}/task`), []).map((tid) => `${pid}/task/${tid}`),
    );
    return tasks.filter((task) => tracerOf(task) === tracer).length;
  } catch {
    return null; // not mounted, or it hides the tasks of others
  }
}

function tracerOf(task: string): string | undefined {
  const status = unlessGone(() => readFileSync(`/proc/${task}/status`, "latin1"), "");
  return /^TracerPid:\t(\d+)$/m.exec(status)?.[1];
}

/** A task that ends while we look is none that we trace. */
function unlessGone<T>(read: () => T, gone: T): T {
  try {
    return read();
  } catch {
    return gone;
  }
}
