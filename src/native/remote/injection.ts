import { FfiscopeError, type Tid, type TraceeAddress } from "../../model/index.js";
import { faultSeam } from "../fault-seam.js";
import type { ResumeMode } from "../ptrace/ptrace.js";
import { Reg, RegisterFile, SYSCALL_ARGUMENTS } from "../ptrace/registers.js";
import { SIGTRAP, type SignalNumber, SYNCHRONOUS_SIGNALS } from "../ptrace/signals.js";
import type { StopReason } from "../ptrace/stop.js";
import type { ThreadLoan } from "./thread-loan.js";

/** Signals of instructions that are made again after them. */
const FAULTS: ReadonlySet<SignalNumber> = new Set(
  SYNCHRONOUS_SIGNALS.filter((signal) => signal !== SIGTRAP),
);

/**
 * Runs code in borrowed threads that is not the program's. Their registers are not put back here.
 *
 * A syscall injected into a stop inside a restartable one needs `orig_rax = -1`, or the kernel moves
 * the instruction pointer back by 2 (arch/x86/kernel/signal.c): see {@link RegisterFile.forgetSyscall}.
 */
export class Injection {
  constructor(readonly loan: ThreadLoan) {}

  /**
   * Runs the `syscall` instruction at `at`; returns its result. With `step` the thread stops once,
   * at a SIGTRAP behind the call; with `syscall` twice, without a signal.
   */
  syscall(
    tid: Tid,
    at: TraceeAddress,
    number: number,
    args: readonly (number | bigint)[],
    mode: "step" | "syscall",
  ): bigint {
    const registers = this.loan.registers.copy();
    registers.ip = at;
    registers.words[Reg.rax] = BigInt(number);
    registers.forgetSyscall();
    SYSCALL_ARGUMENTS.forEach((register, i) => {
      registers.words[register] = BigInt.asUintN(64, BigInt(args[i] ?? 0));
    });
    registers.write(tid);
    let stop = this.#run(tid, at, mode);
    if (mode === "syscall" && stop.kind === "syscall") stop = this.loan.runToStop(tid, mode);
    this.loan.isAtSyscallExit = stop.kind === "syscall";
    if (!this.loan.isAtSyscallExit) expectTrap(tid, stop);
    registers.read(tid);
    const result = BigInt.asIntN(64, registers.words[Reg.rax]!);
    return faultSeam === null ? result : faultSeam.inTracee(number, result);
  }

  /** Runs code with these registers, from their instruction pointer on, up to its `int3`. */
  routine(tid: Tid, registers: RegisterFile): void {
    registers.forgetSyscall();
    registers.write(tid);
    expectTrap(tid, this.#run(tid, registers.ip, "continue"));
  }

  /**
   * Runs code of ours from `start` on. A thread that was stopped by PTRACE_INTERRUPT right behind a
   * fault reports that fault now: it is passed over, for the thread's own instruction faults again.
   */
  #run(tid: Tid, start: TraceeAddress, mode: ResumeMode): StopReason {
    const stop = this.loan.runToStop(tid, mode);
    const faulted = stop.kind === "signal" && FAULTS.has(stop.signal);
    if (!faulted || RegisterFile.of(tid).ip !== start) return stop;
    return this.loan.runToStop(tid, mode);
  }
}

function expectTrap(tid: Tid, stop: StopReason): void {
  if (stop.kind === "signal" && stop.signal === SIGTRAP) return;
  throw new FfiscopeError({
    code: "INJECTION_FAILED",
    message: `thread ${tid} stopped unexpectedly in an injected system call (${JSON.stringify(stop)})`,
  });
}
