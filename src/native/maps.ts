import { readFileSync } from "node:fs";
import type { Pid, Tid, TraceeAddress } from "../model/index.js";

/** Protection bits of mmap(2). */
export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;

/** One line of /proc/PID/maps (proc_pid_maps(5)). */
export interface Mapping {
  readonly start: TraceeAddress;
  readonly end: TraceeAddress;
  /** PROT_* bits. */
  readonly protection: number;
  readonly shared: boolean;
  /** In bytes, into the mapped file. */
  readonly offset: number;
  /** Path, `[vdso]` and the like, or empty. */
  readonly name: string;
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) ([r-])([w-])([x-])([ps]) ([0-9a-f]+) \S+ \d+ *(.*)$/;

/**
 * The text of /proc/PID/maps; any thread of the process will do that has not exited. Null for a task
 * that is gone.
 */
export function readMapsText(task: Pid | Tid): string | null {
  try {
    return readFileSync(`/proc/${task}/maps`, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

/** The mappings of a process, in order of address; any thread of it will do that has not exited. */
export function readMappings(task: Pid | Tid): Mapping[] {
  return parseMappings(readMapsText(task) ?? "");
}

export function parseMappings(text: string): Mapping[] {
  return text
    .split("\n")
    .map((line) => LINE.exec(line))
    .filter((match) => match !== null)
    .map((match) => ({
      start: Number.parseInt(match[1]!, 16) as TraceeAddress,
      end: Number.parseInt(match[2]!, 16) as TraceeAddress,
      protection:
        (match[3] === "r" ? PROT_READ : 0) |
        (match[4] === "w" ? PROT_WRITE : 0) |
        (match[5] === "x" ? PROT_EXEC : 0),
      shared: match[6] === "s",
      offset: Number.parseInt(match[7]!, 16),
      name: match[8]!,
    }));
}
