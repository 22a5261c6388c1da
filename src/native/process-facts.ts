import type { Pid, Tid } from "../model/index.js";
import { libc } from "./libc.js";
import { readProcFile } from "./proc-file.js";
import { ThreadGone } from "./ptrace/thread-gone.js";
import { SYS_KCMP } from "./syscall-numbers.js";

const KCMP_VM = 1; // linux/kcmp.h

const syscall = libc.func("syscall", "long", ["long", "int", "int", "int", "size_t", "size_t"]);

/** The process that a task belongs to: `Tgid` of /proc/TID/status. */
export function processOf(tid: Tid): Pid {
  const status = readProcFile(tid, "status");
  if (status === null) throw new ThreadGone(tid);
  return Number(/^Tgid:\t(\d+)$/m.exec(status)![1]) as Pid;
}

/** Two tasks run in one address space (kcmp(2)). A kernel without kcmp answers no. */
export function sharesMemory(a: Tid, b: Tid): boolean {
  return Number(syscall(SYS_KCMP, a, b, KCMP_VM, 0, 0)) === 0;
}
