import type { Tid } from "../../model/index.js";
import { readProcFile, TraceeUnreadable } from "../proc-file.js";
import { SYS_CLONE, SYS_CLONE3, SYS_EXECVE, SYS_EXECVEAT, SYS_VFORK } from "../syscall-numbers.js";
import { ThreadGone } from "./thread-gone.js";

/** What a thread does, by the letter that proc_pid_stat(5) has for it. */
export type TaskState = "running" | "sleeping" | "stopped" | "gone";

const STATES: Readonly<Record<string, TaskState>> = {
  R: "running",
  S: "sleeping",
  D: "running", // waits for a disk or a lock of the kernel's: soon over
  I: "sleeping",
  T: "stopped",
  t: "stopped",
  Z: "gone",
  X: "gone",
};

export function taskState(tid: Tid): TaskState {
  return STATES[letterOf(tid)] ?? "running";
}

function letterOf(tid: Tid): string {
  const stat = readProcFile(tid, "stat");
  if (stat === null) throw new ThreadGone(tid);
  // The name is in parentheses, and may hold some itself.
  return stat[stat.lastIndexOf(")") + 2]!;
}

const WAIT_FOR_CHILD: readonly number[] = [SYS_CLONE, SYS_VFORK, SYS_CLONE3];
const WAIT_FOR_THREADS: readonly number[] = [SYS_EXECVE, SYS_EXECVEAT];

/**
 * A task waits in the kernel, where nothing but SIGKILL ends its wait, for a child that it has made with
 * CLONE_VFORK, or, where `endsThreads`, for the other threads that its execve(2) ends.
 */
export function isHeldBy(tid: Tid, endsThreads: boolean): boolean {
  if (letterOf(tid) !== "D") return false;
  const call = syscallOf(tid);
  if (call === null) return true;
  return WAIT_FOR_CHILD.includes(call) || (endsThreads && WAIT_FOR_THREADS.includes(call));
}

/**
 * The number of the system call that a sleeping task is in (proc_pid_syscall(5)); null where that is not
 * ours to read, or this kernel does not tell.
 */
function syscallOf(tid: Tid): number | null {
  try {
    const text = readProcFile(tid, "syscall");
    return text === null ? null : Number(text.split(" ")[0]);
  } catch (error) {
    if (error instanceof TraceeUnreadable) return null;
    throw error;
  }
}
