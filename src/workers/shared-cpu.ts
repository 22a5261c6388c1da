import type { Tid } from "../model/index.js";
import {
  type CpuMask,
  cpuAffinity,
  currentCpu,
  onlyCpu,
  SystemError,
  setCpuAffinity,
  syscallStop,
} from "../native/index.js";

/** sched_setaffinity(2), sched_getaffinity(2): asm/unistd_64.h */
const AFFINITY_CALLS: ReadonlySet<number | null> = new Set([203, 204]);

/**
 * Keeps a thread of the tracee on the tracer's processor while the two take turns. Each then runs as
 * soon as the other sleeps: to wake a thread on a processor that sleeps takes many times as long.
 */
export class SharedCpu {
  #shared: { readonly tid: Tid; readonly only: CpuMask; readonly before: CpuMask } | null = null;
  #ours: CpuMask | null = null;

  get isShared(): boolean {
    return this.#shared !== null;
  }

  /** Not a thread that keeps off this processor by itself. */
  share(tid: Tid): void {
    this.release();
    const cpu = currentCpu();
    const only = onlyCpu(cpu);
    unlessRefused(() => {
      const before = cpuAffinity(tid);
      if ((before[cpu >> 3]! & only[cpu >> 3]!) === 0) return;
      setCpuAffinity(tid, only);
      this.#shared = { tid, only, before };
      const ours = cpuAffinity(0);
      setCpuAffinity(0, only);
      this.#ours = ours;
    });
  }

  /** At a syscall stop: what a thread is told of where it may run is to be as without us. */
  atSyscall(tid: Tid): void {
    if (!this.#shared) return;
    const stop = syscallStop(tid);
    if (stop.phase === "entry" && AFFINITY_CALLS.has(stop.number)) this.release();
  }

  /** A task that was born meanwhile has what its parent had before. */
  born(child: Tid): void {
    if (this.#shared) this.#putBack(child);
  }

  /** Both may run where they could before. */
  release(): void {
    const ours = this.#ours;
    if (this.#shared) this.#putBack(this.#shared.tid);
    if (ours) unlessRefused(() => setCpuAffinity(0, ours));
    this.#shared = null;
    this.#ours = null;
  }

  /** Unless the program has set it itself meanwhile. */
  #putBack(tid: Tid): void {
    const { only, before } = this.#shared!;
    unlessRefused(() => {
      if (Buffer.compare(cpuAffinity(tid), only) === 0) setCpuAffinity(tid, before);
    });
  }
}

/** A thread that is gone, or one of another user: it runs where it runs. */
function unlessRefused(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}
