import type { Pid } from "../../model/index.js";
import { closeDescriptor } from "../../native/files.js";
import { signalPidfd } from "../../native/pidfd.js";
import { SIGKILL, type SignalNumber } from "../../native/ptrace/signals.js";

/** The traced process, by a descriptor of it: its number may be another's once it is gone. */
export class TraceeProcess {
  #pid = 0 as Pid;
  #pidfd: number | null = null;
  /** The tracer has it: its death will be heard of. */
  #seized = false;
  #killed = false;

  /** 0 before there is one. */
  get pid(): Pid {
    return this.#pid;
  }

  /** `pidfd` is closed here. */
  spawned(pid: Pid, pidfd: number): void {
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

  killNow(): void {
    this.signal(SIGKILL);
  }

  /** It is gone. */
  close(): void {
    if (this.#pidfd !== null) closeDescriptor(this.#pidfd);
    this.#pidfd = null;
  }
}
