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

/** Two tasks run in one address space (kcmp(2)); null where the kernel cannot be asked. */
export function sharesMemory(a: Tid, b: Tid): boolean | null {
  const order = Number(syscall(SYS_KCMP, a, b, KCMP_VM, 0, 0));
  return order < 0 ? null : order === 0;
}

/** Of proc_pid_stat(5), counted from the state: `startstack`, which each execve(2) places anew. */
const START_STACK = 25;

/** Notices that a process has become another program, where this machine lets us see it. */
export class ProgramImage {
  #stack: string | null = null;

  constructor(readonly pid: Pid) {
    this.hasChanged();
  }

  /** It has since this was last asked, or since the beginning. False for a process that is gone. */
  hasChanged(): boolean {
    const before = this.#stack;
    this.#stack = startStackOf(this.pid);
    return before !== null && this.#stack !== null && before !== this.#stack;
  }
}

function startStackOf(pid: Pid): string | null {
  const stat = readProcFile(pid, "stat");
  // The name is in parentheses, and may hold some itself.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[START_STACK] ?? null;
}
