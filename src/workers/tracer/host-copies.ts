import { fileURLToPath } from "node:url";
import type { Tid } from "../../model/index.js";
import { detach, eventMessage, listen, resume } from "../../native/ptrace/ptrace.js";
import type { StopReason } from "../../native/ptrace/stop.js";
import { ThreadGone } from "../../native/ptrace/thread-gone.js";
import type { TracerTask } from "./messages.js";

const HOST = fileURLToPath(new URL("../../tracee/host.js", import.meta.url));

/** The program is the built-in host: what its process is, is ours to end. */
export function isBuiltInHost({ command, args }: TracerTask): boolean {
  return command === process.execPath && args[0] === HOST;
}

/**
 * Forked copies of the built-in host: a library that it was asked to call has made them. They run as
 * they would untraced, and stay traced until they become another program, so that they end with the
 * host, and with whoever supervises it, however that ends (PTRACE_O_EXITKILL).
 */
export class HostCopies {
  readonly #copies = new Set<Tid>();

  /** `claim`: has a new task at its first stop, which may have come before its parent's report of it. */
  constructor(private readonly claim: (child: Tid) => void) {}

  /** `tid` is at its first stop, and has memory of its own. */
  keep(tid: Tid): void {
    this.#copies.add(tid);
    resume(tid, "continue");
  }

  /** False where it is no copy's stop. */
  answer(stop: StopReason): boolean {
    if (!this.#copies.has(stop.tid)) return false;
    try {
      this.#answer(stop);
    } catch (error) {
      if (!(error instanceof ThreadGone)) throw error; // its end is still to be reported
    }
    return true;
  }

  [Symbol.iterator](): Iterator<Tid> {
    return this.#copies.values();
  }

  /** The host has ended. */
  end(): void {
    for (const tid of this) process.kill(tid, "SIGKILL"); // not waited for: still its own
  }

  #answer(stop: StopReason): void {
    const { tid } = stop;
    switch (stop.kind) {
      case "signal":
        return resume(tid, "continue", stop.signal);
      case "group-stop":
        return listen(tid);
      case "new-task": {
        const child = eventMessage(tid) as Tid;
        resume(tid, "continue");
        this.claim(child);
        return this.keep(child);
      }
      case "exec":
        this.#copies.delete(eventMessage(tid) as Tid);
        this.#copies.delete(tid);
        return detach(tid);
      case "exited":
      case "killed":
        this.#copies.delete(tid);
        return;
      default:
        return resume(tid, "continue");
    }
  }
}
