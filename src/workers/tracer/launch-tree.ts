import { readdirSync, readlinkSync } from "node:fs";
import type { Pid, Tid } from "../../model/index.js";
import { isFromSelf } from "../../native/mark.js";
import { processOf } from "../../native/process-facts.js";
import {
  detach,
  eventMessage,
  interrupt,
  listen,
  resume,
  signalInfo,
} from "../../native/ptrace/ptrace.js";
import { SIGSTOP } from "../../native/ptrace/signals.js";
import type { StopReason } from "../../native/ptrace/stop.js";
import { ThreadGone } from "../../native/ptrace/thread-gone.js";
import { LaunchedCrashes, programOf } from "./launched-crashes.js";
import type { LaunchNote } from "./messages.js";

/** What the tracer is told of the tree. */
export interface LaunchListener {
  /** Has a new task at its first stop, which may have come before its parent's report of it. */
  claim(child: Tid): void;
  /** A program has been started by another. */
  programStarted(): void;
  /** A thread raises the start-up SIGSTOP. False where another process has before: it is ended. */
  startUp(tid: Tid, pid: Pid): boolean;
}

/** How a line to us is known in a process that has inherited it. */
export interface InheritedLine {
  readonly fd: number;
  readonly inode: number;
}

/**
 * The programs that a launcher (`npm test`, a shell) has started, and the launcher itself, once one of
 * them is the child. They run as they would untraced, and stay traced for as long as the launcher is
 * there: one of them may still be the child, and they end with whoever supervises them (EXITKILL).
 */
export class LaunchTree {
  /** Tasks, and whether each is at its exit or past it. */
  readonly #tasks = new Map<Tid, boolean>();
  readonly #crashes = new LaunchedCrashes();
  readonly #refused: LaunchNote[] = [];
  #isLeaving = false;
  #isStarted = false;

  constructor(
    private readonly line: InheritedLine,
    private readonly listener: LaunchListener,
  ) {}

  /** `tid` has memory of its own and is stopped: it runs on. */
  keep(tid: Tid): void {
    this.add(tid, false);
    resume(tid, "continue");
    if (this.#isLeaving) this.#leave(tid);
  }

  /** A task that became another program, which was not in the tree. */
  keepExeced(tid: Tid): void {
    this.keep(tid);
    this.#programStarted();
  }

  add(tid: Tid, exiting: boolean): void {
    this.#tasks.set(tid, exiting);
  }

  /** Takes the threads of a process out of the tree: it is the child. */
  *take(pid: Pid): Generator<readonly [tid: Tid, exiting: boolean]> {
    for (const name of readdirSync(`/proc/${pid}/task`)) {
      const tid = Number(name) as Tid;
      const exiting = this.#tasks.get(tid);
      if (exiting === undefined) continue; // its parent's report is still to come
      this.#tasks.delete(tid);
      yield [tid, exiting];
    }
  }

  has(tid: Tid): boolean {
    return this.#tasks.has(tid);
  }

  get isEmpty(): boolean {
    return this.#tasks.size === 0;
  }

  /** What there is to say of its programs. */
  notes(): readonly LaunchNote[] {
    return [...this.#crashes.notes, ...this.#refused];
  }

  [Symbol.iterator](): Iterator<Tid> {
    return this.#tasks.keys();
  }

  /** The launcher has ended, and so has the child: the others go on as they would untraced. */
  letGo(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    for (const tid of this) this.#leave(tid);
  }

  /** They end with the launcher. */
  kill(): void {
    this.#isLeaving = true;
    for (const tid of this) process.kill(tid, "SIGKILL"); // not waited for: still its own
  }

  /** False where it is no stop of the tree's. */
  answer(stop: StopReason): boolean {
    if (!this.#tasks.has(stop.tid)) return false;
    try {
      this.#answer(stop);
    } catch (error) {
      if (!(error instanceof ThreadGone)) throw error; // its end is still to be reported
    }
    return true;
  }

  #answer(stop: StopReason): void {
    const { tid } = stop;
    switch (stop.kind) {
      case "signal":
        return this.#signal(tid, stop.signal);
      case "group-stop":
      case "interrupted":
        if (this.#isLeaving) return this.#release(tid);
        return stop.kind === "group-stop" ? listen(tid) : resume(tid, "continue");
      case "new-task": {
        const child = eventMessage(tid) as Tid;
        resume(tid, "continue");
        this.listener.claim(child);
        return this.keep(child);
      }
      case "exec": {
        const caller = eventMessage(tid) as Tid;
        if (caller !== tid) this.#tasks.delete(caller);
        this.#crashes.forget(tid);
        resume(tid, "continue");
        return this.#programStarted();
      }
      case "exiting":
        this.add(tid, true);
        return resume(tid, "continue");
      case "exited":
      case "killed":
        this.#tasks.delete(tid);
        if (stop.kind === "killed") this.#crashes.killed(tid, stop.signal);
        return;
      default:
        return resume(tid, "continue");
    }
  }

  #signal(tid: Tid, signal: number): void {
    const info = signalInfo(tid);
    const pid = processOf(tid);
    if (signal === SIGSTOP && isFromSelf(info, pid) && this.#hasLine(pid)) {
      if (this.listener.startUp(tid, pid)) return;
      const program = programOf(pid);
      this.#refused.push({ kind: "second", pid, program });
      process.kill(pid, "SIGKILL");
      return;
    }
    this.#crashes.delivering(tid, pid, info);
    resume(tid, "continue", signal);
  }

  #programStarted(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.listener.programStarted();
  }

  #hasLine(pid: Pid): boolean {
    try {
      return readlinkSync(`/proc/${pid}/fd/${this.line.fd}`) === `socket:[${this.line.inode}]`;
    } catch {
      return false; // closed; or not ours to look at, and not ours to trace
    }
  }

  #leave(tid: Tid): void {
    try {
      interrupt(tid);
    } catch (error) {
      if (!(error instanceof ThreadGone)) throw error;
    }
  }

  #release(tid: Tid): void {
    this.#tasks.delete(tid);
    detach(tid);
  }
}
