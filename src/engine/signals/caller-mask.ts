import type { Tid, TraceeAddress } from "../../model/index.js";
import { SIGNAL_MARK } from "../../native/mark.js";
import {
  setSignalMask,
  signalMask,
  syscallNumber,
  syscallStop,
} from "../../native/ptrace/ptrace.js";
import { SIGINFO_SIZE, SignalInfo } from "../../native/ptrace/siginfo.js";
import { signalBit } from "../../native/ptrace/signal-action.js";
import { SIGUSR1 } from "../../native/ptrace/signals.js";
import type { TraceeMemory } from "../../native/remote/tracee-memory.js";
import { SYS_RT_TGSIGQUEUEINFO } from "../../native/syscall-numbers.js";

const INFO = 3; // the argument of rt_tgsigqueueinfo(2)

/**
 * The signal mask of the thread that makes a call. A client of ours ends its call by a marked SIGUSR1,
 * which would never come where the function has left that blocked: the thread gets the mask that it had
 * when the call began. A plain client's mask is its own business.
 */
export class CallerMask {
  readonly #before: bigint;

  constructor(
    readonly tid: Tid,
    readonly memory: TraceeMemory,
  ) {
    this.#before = signalMask(tid);
  }

  /** The caller is at the entry of a system call. True where its mask has been put back. */
  restoreAtEnd(): boolean {
    if (syscallNumber(this.tid) !== SYS_RT_TGSIGQUEUEINFO) return false;
    const entry = syscallStop(this.tid);
    if (entry.phase !== "entry") return false;
    const mask = this.#before & ~signalBit(SIGUSR1);
    if (signalMask(this.tid) === mask || !this.#isMarked(entry.args[INFO]!)) return false;
    setSignalMask(this.tid, mask);
    return true;
  }

  /** It has raised the signal: also SIGUSR1 is blocked again, if it was. */
  ended(): void {
    if (this.#before & signalBit(SIGUSR1)) setSignalMask(this.tid, this.#before);
  }

  #isMarked(address: number): boolean {
    const bytes = Buffer.alloc(SIGINFO_SIZE);
    this.memory.read(address as TraceeAddress, bytes);
    return new SignalInfo(bytes).value === SIGNAL_MARK && bytes.readInt32LE(0) === SIGUSR1;
  }
}
