import type { AddressSpace } from "../../engine/address-space.js";
import type { Pid, Tid } from "../../model/index.js";
import { processOf, sharesMemory } from "../../native/process-facts.js";
import { detach, eventMessage, resume } from "../../native/ptrace/ptrace.js";
import type { StopReason } from "../../native/ptrace/stop.js";
import type { StopQueue } from "../../native/ptrace/stops.js";
import { ThreadGone } from "../../native/ptrace/thread-gone.js";
import type { Thread, ThreadTable } from "../../threads/thread-table.js";

/**
 * New tasks of the tracee. A thread is traced; a vfork child shares the memory and is served like a
 * thread until it execs; a forked child is given memory of its own and let go.
 */
export class Descendants {
  /** First stops that came before their parent's report of them. */
  readonly #early = new Set<Tid>();
  /** Tasks that ended before their parent's report of them. */
  readonly #gone = new Set<Tid>();

  constructor(
    readonly pid: Pid,
    readonly stops: StopQueue,
    readonly threads: ThreadTable,
    readonly engine: () => AddressSpace,
    /** What becomes of a forked child, whose memory is its own. */
    private readonly release: (child: Tid) => void = detach,
  ) {}

  /** A stop of a task that nobody has told of yet: it stays stopped until its parent's report. */
  early(stop: StopReason): void {
    if (stop.kind === "interrupted" || stop.kind === "group-stop") {
      this.#early.add(stop.tid);
      return;
    }
    this.#early.delete(stop.tid);
    this.#gone.add(stop.tid);
    if (stop.kind === "exiting") resume(stop.tid, "continue");
  }

  /** `parent` is at its `new-task` stop. */
  born(parent: Thread, how: "clone" | "fork" | "vfork"): void {
    const child = eventMessage(parent.tid) as Tid;
    if (this.#gone.delete(child)) return this.threads.resume(parent);
    try {
      if (!this.#early.delete(child)) this.stops.of(child);
      this.#adopt(parent, child, how);
    } catch (error) {
      if (!(error instanceof ThreadGone && error.tid === child)) {
        process.kill(child, "SIGKILL"); // it is no thread yet that could be ended, and must not run
        throw error;
      }
    }
    this.threads.resume(parent);
  }

  /** Lets go a task that has memory of its own. */
  letGo(thread: Thread): void {
    this.threads.delete(thread.tid);
    detach(thread.tid);
  }

  #adopt(parent: Thread, child: Tid, how: "clone" | "fork" | "vfork"): void {
    const own = parent.own && processOf(child) === this.pid;
    if (own || how === "vfork" || sharesMemory(parent.tid, child)) {
      const thread = this.threads.add(child, parent.watched, own);
      this.engine().adopt(thread, parent);
      this.threads.resume(thread);
      return;
    }
    this.engine().releaseForkedChild(child as number as Pid, parent);
    this.release(child);
  }

  /** Traced tasks that are not the tracee's own. */
  *others(): Generator<Tid> {
    yield* this.#early;
    for (const { own, tid } of this.threads) if (!own) yield tid;
  }

  /** Returns once `child`, whose parent's report has come, is at its first stop. */
  claim(child: Tid): void {
    if (this.#gone.delete(child)) throw new ThreadGone(child);
    if (!this.#early.delete(child)) this.stops.of(child);
  }
}
