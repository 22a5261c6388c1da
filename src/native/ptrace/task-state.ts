import type { Tid } from "../../model/index.js";
import { readProcFile } from "../proc-file.js";
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
  const stat = readProcFile(tid, "stat");
  if (stat === null) throw new ThreadGone(tid);
  // The name is in parentheses, and may hold some itself.
  return STATES[stat[stat.lastIndexOf(")") + 2]!] ?? "running";
}
