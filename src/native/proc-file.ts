import { openSync, readFileSync } from "node:fs";
import { FfiscopeError, type Pid, type Tid } from "../model/index.js";

/** How /proc says that a task is gone. */
const GONE: ReadonlySet<string> = new Set(["ENOENT", "ESRCH"]);

/** How it says that this process must not look (proc(5), ptrace(2): access mode checks). */
const KEPT: ReadonlySet<string> = new Set(["EACCES", "EPERM"]);

/** The tracee does not let its supervisor look at it. */
export class TraceeUnreadable extends FfiscopeError {
  constructor(path: string, cause: NodeJS.ErrnoException) {
    super({
      code: "TRACEE_UNREADABLE",
      message: `the traced process does not let ffiscope look at its memory (${path}: ${cause.code})`,
      remedy:
        "It runs as another user, was made not dumpable (prctl), or its file may be executed but not read: run ffiscope as root, or change that",
      cause,
    });
  }
}

/**
 * The text of `/proc/TASK/NAME`, null for a task that is gone. Throws {@link TraceeUnreadable}, and
 * what is wrong with this process itself (EMFILE, ENOMEM) as it is.
 */
export function readProcFile(task: Pid | Tid, name: string): string | null {
  return unlessGone(`/proc/${task}/${name}`, (path) => readFileSync(path, "utf8"));
}

/** As {@link readProcFile}, open under `flags`. */
export function openProcFile(task: Pid | Tid, name: string, flags: number | "r"): number | null {
  return unlessGone(`/proc/${task}/${name}`, (path) => openSync(path, flags));
}

function unlessGone<T>(path: string, look: (path: string) => T): T | null {
  try {
    return look(path);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (GONE.has(code)) return null;
    if (KEPT.has(code)) throw new TraceeUnreadable(path, error as NodeJS.ErrnoException);
    throw error;
  }
}
