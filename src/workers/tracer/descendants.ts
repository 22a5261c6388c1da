import type { AddressSpace } from "../../engine/address-space.js";
import type { Pid, Tid } from "../../model/index.js";
import { processOf, sharesMemory } from "../../native/process-facts.js";
import { detach, eventMessage, interrupt, resume } from "../../native/ptrace/ptrace.js";
import type { StopReason } from "../../native/ptrace/stop.js";
import type { StopQueue } from "../../native/ptrace/stops.js";
import { ThreadGone } from "../../native/ptrace/thread-gone.js";
import type { Thread, ThreadTable } from "../../threads/thread-table.js";

/** How a task was made: by which of the kernel's events it was reported. */
type How = "clone" | "fork" | "vfork";

/** What becomes of a task whose memory is its own: of a forked child, or of one that has execed. */
export interface Released {
  readonly forked: (child: Tid) => void;
  readonly execed: (task: Tid) => void;
}

/**
 * New tasks of the tracee. A thread is traced; a child that shares the memory (vfork(2), CLONE_VM) is
 * served like a thread until it execs; a forked child is given memory of its own and let go.
 */
export class Descendants {
  /** Stopped at their first stop, which came before their parent's report of them. */
  readonly #early = new Set<Tid>();
  /** Tasks that ended, or were adopted, before their parent's report of them. */
  readonly #settled = new Set<Tid>();

  readonly #leftIn = new WeakMap<Thread, AddressSpace>();
  readonly #leftSpaces = new Set<AddressSpace>();

  constructor(
    public pid: Pid,
    readonly stops: StopQueue,
    readonly threads: ThreadTable,
    readonly engine: () => AddressSpace,
    private readonly released: Released = { forked: detach, execed: detach },
  ) {}

  /** Some task waits for its parent's report of it. */
  get areEarly(): boolean {
    return this.#early.size > 0;
  }

  /** A stop of a task that nobody has told of yet: it stays stopped until its parent's report. */
  early(stop: StopReason): void {
    const { tid } = stop;
    if (stop.kind === "interrupted" || stop.kind === "group-stop") {
      this.#early.add(tid);
      return;
    }
    this.#early.delete(tid);
    this.#settled.add(tid);
    if (stop.kind === "exiting") resume(tid, "continue");
    else if (stop.kind !== "exited" && stop.kind !== "killed") detach(tid, signalOf(stop));
  }

  /**
   * No report will come of the tasks that wait for one: their parent was killed when it had just made
   * them, or has made them such that the kernel reports nothing (CLONE_PTRACE with CLONE_UNTRACED).
   */
  settle(): void {
    for (const child of this.#early) {
      this.#early.delete(child);
      this.#settled.add(child);
      this.#takeIn(child, () => this.#adopt(null, child, "clone"));
    }
  }

  /** `parent` is at its `new-task` stop. */
  born(parent: Thread, how: How): void {
    const child = eventMessage(parent.tid) as Tid;
    if (!this.#settled.delete(child)) {
      this.#takeIn(child, () => {
        this.#await(child);
        this.#adopt(parent, child, how);
      });
    }
    this.threads.resume(parent);
    parent.awaitsChild = how === "vfork";
  }

  /** Lets go a task that has memory of its own now; `caller`: the one that called execve(2) for it. */
  letGo(thread: Thread, caller: Tid): void {
    this.threads.delete(caller);
    this.threads.delete(thread.tid);
    this.released.execed(thread.tid);
  }

  /**
   * The tracee has ended, or become another program, and `space` is not its own any more. Tasks that still
   * share it go on as they would untraced. Each is served until it stops for us. False where there are none.
   */
  letGoOthers(space: AddressSpace): boolean {
    const others = [...this.threads].filter(({ own, leaving }) => !own && !leaving);
    for (const thread of others) this.#leaveSoon(thread, space);
    return others.length > 0;
  }

  /** `space` is closed when no tracee is left. */
  keep(space: AddressSpace): void {
    this.#leftSpaces.add(space);
  }

  /** The address space that a leaving task is in. */
  leftIn(thread: Thread): AddressSpace | undefined {
    return this.#leftIn.get(thread);
  }

  /** A leaving task has stopped. False where that has to be answered first. */
  leaves(thread: Thread, { kind, tid }: StopReason): boolean {
    if (kind === "exiting" || kind === "exited" || kind === "killed") return false;
    if (kind !== "interrupted" && kind !== "group-stop") {
      interrupt(tid); // it has made up for the one before
      return false;
    }
    this.#leftIn.get(thread)!.release(thread);
    this.threads.delete(tid);
    detach(tid);
    return true;
  }

  /** No tracee is left. */
  close(): void {
    for (const space of this.#leftSpaces) space.close();
  }

  #leaveSoon(thread: Thread, space: AddressSpace): void {
    thread.leaving = true;
    this.#leftIn.set(thread, space);
    try {
      interrupt(thread.tid);
    } catch (error) {
      if (!(error instanceof ThreadGone)) throw error;
    }
  }

  /** Traced tasks that are not the tracee's own. */
  *others(): Generator<Tid> {
    yield* this.#early;
    for (const { own, tid } of this.threads) if (!own) yield tid;
  }

  /** Returns once `child`, whose parent's report has come, is at its first stop. */
  claim(child: Tid): void {
    if (this.#settled.delete(child)) throw new ThreadGone(child);
    this.#await(child);
  }

  #await(child: Tid): void {
    if (!this.#early.delete(child)) this.stops.of(child);
  }

  /** A child whose memory cannot be made its own does not run: it would find the guard in it. */
  #takeIn(child: Tid, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof ThreadGone && error.tid === child) return;
      process.kill(child, "SIGKILL"); // it has not been waited for: the number is its own
      throw error;
    }
  }

  #adopt(parent: Thread | null, child: Tid, how: How): void {
    const relative = parent?.tid ?? (this.pid as number as Tid);
    const own = (parent?.own ?? true) && processOf(child) === this.pid;
    if (own || (sharesMemory(relative, child) ?? how === "vfork")) {
      const watched = parent?.watched ?? [...this.threads].some((other) => other.watched);
      const thread = this.threads.add(child, watched, own);
      const space = parent && this.#leftIn.get(parent);
      (space ?? this.engine()).adopt(thread, parent);
      if (space) this.#leaveSoon(thread, space);
      this.threads.resume(thread);
      return;
    }
    const space = (parent && this.#leftIn.get(parent)) ?? this.engine();
    space.releaseForkedChild(child as number as Pid, parent);
    this.released.forked(child);
  }
}

function signalOf(stop: StopReason): number {
  return stop.kind === "signal" ? stop.signal : 0;
}
