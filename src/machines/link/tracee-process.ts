import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { Pid } from "../../model/index.js";
import { closeDescriptor } from "../../native/files.js";
import { SystemError } from "../../native/libc.js";
import { signalPidfd } from "../../native/pidfd.js";
import { SIGKILL, type SignalNumber } from "../../native/ptrace/signals.js";
import type { TracerMessage } from "../../workers/tracer/messages.js";

/** What a tracer that has no tracee yet may still take to have one, once that is to be killed. In ms. */
const START_MS = 1000;

/** The traced process, by a descriptor of it: its number may be another's once it is gone. */
export class TraceeProcess {
  #pid = 0 as Pid;
  #pidfd: number | null = null;
  /** Of the program that was started, where the child is a descendant of it. */
  #launcher: number | null = null;
  /** The tracer has it: its death will be heard of. */
  #seized = false;
  #killed = false;
  #givingUp: NodeJS.Timeout | undefined;

  /** `giveUp`: has a tracer that has started nothing end. */
  constructor(private readonly giveUp: (why: Error) => void) {}

  /** 0 before there is one. */
  get pid(): Pid {
    return this.#pid;
  }

  /** `pidfd` is closed here. */
  spawned(pid: Pid, pidfd: number): void {
    clearTimeout(this.#givingUp);
    this.#pid = pid;
    this.#pidfd = pidfd;
  }

  /** A descendant of the program is the child; `pidfd` is closed here. */
  launched(pid: Pid, pidfd: number): void {
    this.#launcher = this.#pidfd;
    this.#pid = pid;
    this.#pidfd = pidfd;
  }

  seized(): void {
    this.#seized = true;
    if (this.#killed) this.killNow();
  }

  signal(signal: SignalNumber): void {
    if (this.#pidfd !== null) signalPidfd(this.#pidfd, signal);
  }

  /** Not before the tracer has seized it: that would wait for a stop that does not come. */
  kill(): void {
    this.#killed = true;
    if (this.#seized) this.killNow();
  }

  /** As {@link kill}; a tracer that has none by then is given up. */
  killInTime(): void {
    this.kill();
    if (this.#pid !== 0) return;
    this.#givingUp ??= setTimeout(() => {
      this.giveUp(new Error("it has not started within the time that there was"));
    }, START_MS);
  }

  /** Our process exits: what the tracer has started meanwhile, and told on `port`, is killed too. */
  killAtExit(port: MessagePort): void {
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      const report = next.message as TracerMessage;
      if (Array.isArray(report)) continue;
      if (report.type === "spawned") this.spawned(report.pid as Pid, report.pidfd);
      if (report.type === "ready" && report.child) {
        this.launched(report.child.pid as Pid, report.child.pidfd);
      }
    }
    this.killNow();
  }

  /** Tried again where it fails: a tracee that is not killed would hold its session for ever. */
  killNow(): void {
    try {
      this.#killBoth();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#killBoth();
    }
  }

  /** It is gone. */
  close(): void {
    clearTimeout(this.#givingUp);
    for (const fd of [this.#pidfd, this.#launcher]) if (fd !== null) closeDescriptor(fd);
    this.#pidfd = null;
    this.#launcher = null;
  }

  #killBoth(): void {
    if (this.#launcher !== null) signalPidfd(this.#launcher, SIGKILL);
    this.signal(SIGKILL);
  }
}
