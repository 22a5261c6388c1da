import type { Pid, Tid } from "../../model/index.js";
import { readProcFile } from "../../native/proc-file.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import { signalDispositions } from "../../native/ptrace/signal-action.js";
import type { SignalNumber } from "../../native/ptrace/signals.js";
import { ThreadGone } from "../../native/ptrace/thread-gone.js";
import { TraceeMemory } from "../../native/remote/tracee-memory.js";
import { CrashWatch } from "./crash-watch.js";
import type { LaunchNote } from "./messages.js";

/** Crashes that are told of, at most: a test runner's programs may all die of the same. */
const MAX_NOTES = 8;

/** Signals that say that a program is wrong, where it raised them itself; others end one on purpose. */
const CRASHES: ReadonlySet<string> = new Set([
  ...["SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGABRT", "SIGSYS"],
]);

/** How programs of a launcher die that have not attached. */
export class LaunchedCrashes {
  readonly notes: LaunchNote[] = [];
  readonly #watches = new Map<Pid, { readonly watch: CrashWatch; readonly program: string }>();

  /** Thread `tid` of `pid` is stopped, and about to be given a signal. */
  delivering(tid: Tid, pid: Pid, info: SignalInfo): void {
    const dispositions = signalDispositions(tid);
    const memory = new TraceeMemory(pid);
    try {
      const known = this.#watches.get(pid);
      const { watch, program } = known ?? { watch: new CrashWatch(), program: programOf(pid) };
      this.#watches.set(pid, { watch, program });
      watch.delivering(info, dispositions, { pid, tid, memory, guard: null, caller: null });
    } catch (error) {
      if (!(error instanceof ThreadGone)) throw error; // it dies of another signal
    } finally {
      memory.close();
    }
  }

  /** It is another program now. */
  forget(tid: Tid): void {
    this.#watches.delete(tid as number as Pid);
  }

  killed(tid: Tid, signal: SignalNumber): void {
    const pid = tid as number as Pid;
    const watched = this.#watches.get(pid);
    this.#watches.delete(pid);
    const crash = watched?.watch.deathBy(signal) ?? null;
    if (!watched || crash === null || this.notes.length === MAX_NOTES) return;
    const { signal: name, cause } = crash.site;
    const isOwn = cause?.kind !== "sent" || cause.bySelf;
    if (isOwn && CRASHES.has(name)) {
      this.notes.push({ kind: "crashed", pid, program: watched.program, crash });
    }
  }
}

/** Of a command line, in characters. */
const LONGEST_PROGRAM = 80;

/** A process's command line, as far as it is told; its number where it is gone. */
export function programOf(pid: Pid): string {
  const words = readProcFile(pid, "cmdline")?.replaceAll("\0", " ").trim() || `process ${pid}`;
  return words.length > LONGEST_PROGRAM ? `${words.slice(0, LONGEST_PROGRAM - 3)}...` : words;
}
