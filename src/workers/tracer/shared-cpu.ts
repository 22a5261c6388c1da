import type { Tid } from "../../model/index.js";
import { currentCpu, noCpus, readCpuAffinity, setCpuAffinity } from "../../native/affinity.js";
import { SystemError } from "../../native/libc.js";
import { syscallNumber } from "../../native/ptrace/ptrace.js";
import { SYS_SCHED_GETAFFINITY, SYS_SCHED_SETAFFINITY } from "../../native/syscall-numbers.js";

const AFFINITY_CALLS: ReadonlySet<number> = new Set([SYS_SCHED_SETAFFINITY, SYS_SCHED_GETAFFINITY]);

/**
 * Keeps a thread of the tracee on the tracer's processor while the two take turns. Each then runs as
 * soon as the other sleeps: to wake a thread on a processor that sleeps takes many times as long.
 */
export class SharedCpu {
  /** Of the thread that shares our processor, before it did. */
  readonly #before = noCpus();
  /** Of our own thread, before it was kept on one. */
  readonly #ours = noCpus();
  readonly #only = noCpus();
  readonly #now = noCpus();
  #cpu: number | null = null;
  #shared: Tid | null = null;

  get isShared(): boolean {
    return this.#shared !== null;
  }

  /** Not a thread that keeps off this processor by itself. We stay on it until {@link leave}. */
  share(tid: Tid): void {
    if (this.#shared === tid) return;
    this.release();
    unlessRefused(() => {
      const cpu = this.#cpu ?? this.#stay();
      readCpuAffinity(tid, this.#before);
      const [byte, bit] = [cpu >> 3, 1 << (cpu & 7)];
      if ((this.#before[byte]! & bit) === 0) return;
      setCpuAffinity(tid, this.#only);
      this.#shared = tid;
    });
  }

  /** At a syscall stop: what a thread is told of where it may run is to be as without us. */
  atSyscall(tid: Tid): void {
    if (this.isShared && AFFINITY_CALLS.has(syscallNumber(tid))) this.release();
  }

  /** A task that was born meanwhile has what its parent had before. */
  born(child: Tid): void {
    if (this.isShared) this.#putBack(child);
  }

  /** The thread may run where it could before. */
  release(): void {
    if (this.#shared !== null) this.#putBack(this.#shared);
    this.#shared = null;
  }

  /** So may we. */
  leave(): void {
    this.release();
    if (this.#cpu !== null) unlessRefused(() => setCpuAffinity(0, this.#ours));
    this.#cpu = null;
  }

  #stay(): number {
    const cpu = currentCpu();
    readCpuAffinity(0, this.#ours);
    this.#only.fill(0)[cpu >> 3] = 1 << (cpu & 7);
    setCpuAffinity(0, this.#only);
    this.#cpu = cpu;
    return cpu;
  }

  /** Unless the program has set it itself meanwhile. */
  #putBack(tid: Tid): void {
    unlessRefused(() => {
      readCpuAffinity(tid, this.#now.fill(0));
      if (Buffer.compare(this.#now, this.#only) === 0) setCpuAffinity(tid, this.#before);
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
