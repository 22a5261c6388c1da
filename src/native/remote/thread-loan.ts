import type { Tid } from "../../model/index.js";
import {
  interrupt,
  lookAtSignal,
  type ResumeMode,
  resume,
  setSignalMask,
  signalInfo,
  signalMask,
} from "../ptrace/ptrace.js";
import { RegisterFile } from "../ptrace/registers.js";
import { isToBeRestarted } from "../ptrace/restart.js";
import type { SignalInfo } from "../ptrace/siginfo.js";
import { signalBit } from "../ptrace/signal-action.js";
import { SIGRTMIN, SIGSTOP, type SignalNumber, SYNCHRONOUS_SIGNALS } from "../ptrace/signals.js";
import type { StopReason } from "../ptrace/stop.js";
import type { StopQueue } from "../ptrace/stops.js";
import { ThreadGone } from "../ptrace/thread-gone.js";

/** Signals that an instruction raises by itself, as mask bits. */
const SYNCHRONOUS = SYNCHRONOUS_SIGNALS.reduce((mask, signal) => mask | signalBit(signal), 0n);

/** Borrows stopped threads of the tracee, one at a time, and gives them back as they were. */
export class ThreadLoan {
  /** The borrowed thread is at a syscall's exit, not at a signal. */
  isAtSyscallExit = false;
  /** A borrowed thread was run through a stop of its whole process. */
  #passedOver = false;
  readonly #held: SignalInfo[] = [];
  #registers = new RegisterFile();

  constructor(readonly stops: StopQueue) {}

  /** The borrowed thread's, as they are put back. */
  get registers(): RegisterFile {
    return this.#registers;
  }

  /** See `RemoteCode.borrow`. */
  borrow<T>(tid: Tid, work: (registers: RegisterFile) => T, blocked: bigint): T {
    const outer = this.#registers;
    const registers = RegisterFile.of(tid);
    this.#registers = registers;
    const current = signalMask(tid);
    const mask = current | blocked;
    if (current & SYNCHRONOUS) setSignalMask(tid, current & ~SYNCHRONOUS);
    this.isAtSyscallExit = false;
    const putBack = () => {
      this.#registers = outer;
      if (mask & SYNCHRONOUS) setSignalMask(tid, mask);
      registers.write(tid);
      // A syscall to restart is restarted by the kernel on its way out of a signal's stop, not of a
      // syscall's.
      if (this.isAtSyscallExit && isToBeRestarted(registers)) interrupt(tid);
      this.stopAgain(tid);
    };
    try {
      const result = work(registers);
      putBack();
      return result;
    } catch (error) {
      // One that has not come to its stop, for waiting has failed, is as good as gone: that was first.
      if (!(error instanceof ThreadGone)) unlessGone(putBack);
      throw error;
    }
  }

  /** See `RemoteCode.takeHeld`. */
  takeHeld(): SignalInfo[] {
    return this.#held.splice(0);
  }

  /** See `RemoteCode.runToStop`. */
  runToStop(tid: Tid, mode: ResumeMode): StopReason {
    for (let signal: SignalNumber = 0; ; ) {
      resume(tid, mode, signal);
      const stop = this.stops.of(tid);
      signal = 0;
      if (stop.kind === "group-stop") this.#passedOver = true;
      // Not held: sent again, it would also undo a SIGCONT that has come meanwhile.
      else if (stop.kind === "signal" && stop.signal === SIGSTOP) signal = SIGSTOP;
      else if (stop.kind === "signal" && this.#hold(tid, stop.signal)) continue;
      else if (stop.kind !== "interrupted") return stop;
    }
  }

  /**
   * A thread was run through a stop of its whole process: it stops again as soon as it is run on, if the
   * process is stopped still. Whether it is (SIGCONT may have come) the kernel knows.
   */
  stopAgain(tid: Tid): void {
    if (this.#passedOver) interrupt(tid);
    this.#passedOver = false;
  }

  /**
   * Holds a signal that the instruction has not raised; false for one that it has. As with pending
   * signals, one of each kind is kept.
   */
  #hold(tid: Tid, signal: SignalNumber): boolean {
    const isFault = lookAtSignal(tid).isFault;
    if (SYNCHRONOUS & signalBit(signal) && isFault) return false;
    const isQueued = signal >= SIGRTMIN || !this.#held.some((held) => held.signal === signal);
    if (isQueued) this.#held.push(signalInfo(tid));
    return true;
  }
}

function unlessGone(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ThreadGone)) throw error;
  }
}
