import { readFileSync } from "node:fs";
import type { Pid, Tid } from "../model/index.js";
import { libc } from "./libc.js";
import { ThreadGone } from "./ptrace/thread-gone.js";
import { SYS_KCMP } from "./syscall-numbers.js";

const KCMP_VM = 1; // linux/kcmp.h

const syscall = libc.func("syscall", "long", ["long", "int", "int", "int", "size_t", "size_t"]);

/** The process that a task belongs to: `Tgid` of /proc/TID/status. */
export function processOf(tid: Tid): Pid {
  try {
    const status = readFileSync(`/proc/${tid}/status`, "utf8");
    return Number(/^Tgid:\t(\d+)$/m.exec(status)![1]) as Pid;
  } catch {
    throw new ThreadGone(tid); // the file goes with the task
  }
}

/** Two tasks run in one address space (kcmp(2)). A kernel without kcmp answers no. */
export function sharesMemory(a: Tid, b: Tid): boolean {
  return Number(syscall(SYS_KCMP, a, b, KCMP_VM, 0, 0)) === 0;
}
