import {
  FfiscopeError,
  PAGE_SIZE,
  type Pid,
  type Tid,
  type TraceeAddress,
  USER_SPACE_END,
} from "../model/index.js";
import { SystemError } from "./libc.js";
import { PROT_EXEC, PROT_READ, readMappings } from "./maps.js";
import {
  interrupt,
  type ResumeMode,
  resume,
  setSignalMask,
  signalInfo,
  signalMask,
} from "./ptrace.js";
import { Reg, RegisterFile, SYSCALL_ARGUMENTS } from "./registers.js";
import type { SignalInfo } from "./siginfo.js";
import { signalBit } from "./signal-action.js";
import { SIGRTMIN, SIGTRAP, type SignalNumber, SYNCHRONOUS_SIGNALS } from "./signals.js";
import type { StopReason } from "./stop.js";
import type { StopQueue } from "./stops.js";
import { ThreadGone } from "./thread-gone.js";
import { TraceeMemory } from "./tracee-memory.js";

const SYS_MMAP = 9; // asm/unistd_64.h
const MAP_PRIVATE = 2;
const MAP_ANONYMOUS = 0x20;
const SYSCALL_INSTRUCTION = Buffer.from([0x0f, 0x05]);
const INT3 = 0xcc;

/** Layout of the page that we keep in the tracee: a `syscall`, and a slot for one copied instruction. */
const SLOT_OFFSET = 64;

/** Of an instruction that has not completed. SIGTRAP comes behind it. */
const FAULTS: ReadonlySet<SignalNumber> = new Set(
  SYNCHRONOUS_SIGNALS.filter((signal) => signal !== SIGTRAP),
);

/** Signals that an instruction raises by itself, as mask bits. */
const SYNCHRONOUS = SYNCHRONOUS_SIGNALS.reduce((mask, signal) => mask | signalBit(signal), 0n);

/**
 * Code of ours that runs in the tracee: injected system calls and instructions out of line. It
 * belongs to one address space, and its page is made at the first use.
 *
 * A syscall injected into a stop inside a restartable one needs `orig_rax = -1`, or the kernel moves
 * the instruction pointer back by 2 (arch/x86/kernel/signal.c).
 */
export class RemoteCode {
  readonly memory: TraceeMemory;
  #page: TraceeAddress | null = null;
  /** The stopping signal of a group stop that a borrowed thread was run through; 0 for none. */
  #passedOver = 0;
  readonly #held: SignalInfo[] = [];
  /** The borrowed thread is at a syscall's exit, not at a signal. */
  #atSyscallExit = false;

  constructor(
    readonly pid: Pid,
    readonly stops: StopQueue,
  ) {
    this.memory = new TraceeMemory(pid);
  }

  /**
   * Runs `work` on a stopped thread with its registers and its signal mask put back afterwards, also
   * when `work` throws. Meanwhile the thread can take the signals that an instruction raises, also
   * where it blocks them; others that arrive are held, see {@link takeHeld}.
   * `work` may change the registers that are put back. `blocked`: signals that the thread blocks
   * although its mask does not say so.
   */
  borrow<T>(tid: Tid, work: (registers: RegisterFile) => T, blocked = 0n): T {
    const registers = RegisterFile.of(tid);
    const current = signalMask(tid);
    const mask = current | blocked;
    if (current & SYNCHRONOUS) setSignalMask(tid, current & ~SYNCHRONOUS);
    this.#atSyscallExit = false;
    const putBack = () => {
      if (mask & SYNCHRONOUS) setSignalMask(tid, mask);
      registers.write(tid);
      // A syscall to restart is restarted by the kernel on its way out of a signal's stop, not of a
      // syscall's.
      if (this.#atSyscallExit && isToBeRestarted(registers)) interrupt(tid);
      this.#stopAgain();
    };
    try {
      const result = work(registers);
      putBack();
      return result;
    } catch (error) {
      if (!(error instanceof ThreadGone)) putBack();
      throw error;
    }
  }

  /**
   * The signals that arrived while a thread was borrowed, in order; they are the caller's to deliver.
   * They are not kept out by a mask: a signal to the process would go to another of its threads.
   */
  takeHeld(): SignalInfo[] {
    return this.#held.splice(0);
  }

  /**
   * Runs a borrowed thread on to its next stop of its own. A PTRACE_INTERRUPT that was still pending,
   * a group stop of the whole process, and signals from outside get between: they are passed over
   * here; the group stop is made good when the thread is given back.
   */
  runToStop(tid: Tid, mode: ResumeMode): StopReason {
    for (;;) {
      resume(tid, mode);
      const stop = this.stops.of(tid);
      if (stop.kind === "group-stop") this.#passedOver = stop.signal;
      else if (stop.kind === "signal" && this.#hold(tid, stop.signal)) continue;
      else if (stop.kind !== "interrupted") return stop;
    }
  }

  /** True when the signal comes from outside the instruction. One of a kind is enough, as pending. */
  #hold(tid: Tid, signal: SignalNumber): boolean {
    const info = signalInfo(tid);
    if (SYNCHRONOUS & signalBit(signal) && info.isFault) return false;
    const isQueued = signal >= SIGRTMIN || !this.#held.some((held) => held.signal === signal);
    if (isQueued) this.#held.push(info);
    return true;
  }

  /**
   * Makes a borrowed thread run one system call; returns its result. Throws SystemError when the
   * call fails. The registers are not put back: see {@link borrow}.
   */
  syscall(tid: Tid, name: string, number: number, ...args: (number | bigint)[]): number {
    const result = this.#run(tid, this.#ensurePage(tid), number, args, "step");
    if (result < 0n) throw new SystemError(`${name} in the tracee`, Number(-result));
    return Number(result);
  }

  /**
   * As {@link syscall}, without the SIGTRAP of stepping, and with the result as it is: two stops
   * instead of one, for where the program's own SIGTRAP matters.
   */
  quietSyscall(tid: Tid, number: number, ...args: (number | bigint)[]): number {
    return Number(this.#run(tid, this.#ensurePage(tid), number, args, "syscall"));
  }

  /** Runs a copied instruction in a borrowed thread up to its end; returns the stop, at `slotEnd` if all went well. */
  runInSlot(tid: Tid, registers: RegisterFile, instruction: Uint8Array): SlotRun {
    const start = (this.#ensurePage(tid) + SLOT_OFFSET) as TraceeAddress;
    this.memory.write(start, Buffer.from([...instruction, INT3]));
    const moved = registers.copy();
    moved.ip = start;
    moved.words[Reg.origRax] = 2n ** 64n - 1n;
    moved.write(tid);
    const stop = this.runToStop(tid, "continue");
    const after = RegisterFile.of(tid);
    const completed = after.ip === start + instruction.length + 1;
    return { stop, after, completed };
  }

  close(): void {
    this.memory.close();
  }

  #stopAgain(): void {
    if (this.#passedOver === 0) return;
    process.kill(this.pid, this.#passedOver);
    this.#passedOver = 0;
  }

  #run(
    tid: Tid,
    at: TraceeAddress,
    number: number,
    args: readonly (number | bigint)[],
    mode: "step" | "syscall",
  ): bigint {
    const registers = RegisterFile.of(tid);
    registers.ip = at;
    registers.words[Reg.rax] = BigInt(number);
    registers.words[Reg.origRax] = 2n ** 64n - 1n;
    SYSCALL_ARGUMENTS.forEach((register, i) => {
      registers.words[register] = BigInt.asUintN(64, BigInt(args[i] ?? 0));
    });
    registers.write(tid);
    let stop = this.runToStop(tid, mode);
    if (isFault(stop) && RegisterFile.of(tid).ip === at) stop = this.runToStop(tid, mode);
    if (mode === "syscall" && stop.kind === "syscall") stop = this.runToStop(tid, mode);
    this.#atSyscallExit = stop.kind === "syscall";
    if (!this.#atSyscallExit && !(stop.kind === "signal" && stop.signal === SIGTRAP)) {
      throw new FfiscopeError({
        code: "INJECTION_FAILED",
        message: `thread ${tid} stopped unexpectedly in an injected system call (${JSON.stringify(stop)})`,
      });
    }
    return BigInt.asIntN(64, RegisterFile.of(tid).words[Reg.rax]!);
  }

  #ensurePage(tid: Tid): TraceeAddress {
    if (this.#page !== null) return this.#page;
    const protection = PROT_READ | PROT_EXEC;
    const args = [0, PAGE_SIZE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0];
    const result = this.#run(tid, this.#findSyscallInstruction(tid), SYS_MMAP, args, "syscall");
    if (result < 0n) throw new SystemError("mmap in the tracee", Number(-result));
    const page = Number(result) as TraceeAddress;
    this.memory.write(page, Buffer.from([...SYSCALL_INSTRUCTION, INT3]));
    this.#page = page;
    return page;
  }

  /** In the vDSO if there is one, else in any executable mapping. */
  #findSyscallInstruction(tid: Tid): TraceeAddress {
    const executable = readMappings(tid).filter(
      (mapping) => mapping.protection & PROT_EXEC && mapping.end <= USER_SPACE_END,
    );
    const vdsoFirst = executable.sort(
      (a, b) => Number(b.name === "[vdso]") - Number(a.name === "[vdso]"),
    );
    for (const mapping of vdsoFirst) {
      const code = Buffer.alloc(mapping.end - mapping.start);
      const length = this.memory.read(mapping.start, code);
      const offset = code.subarray(0, length).indexOf(SYSCALL_INSTRUCTION);
      if (offset >= 0) return (mapping.start + offset) as TraceeAddress;
    }
    throw new FfiscopeError({
      code: "NO_SYSCALL_INSTRUCTION",
      message: `process ${this.pid} has no executable mapping with a syscall instruction`,
    });
  }
}

/**
 * A fault at an injected `syscall` is one from before: a thread that faults just when it is
 * interrupted stops for the interrupt first (get_signal of kernel/signal.c). It is raised anew when
 * the thread's own instruction is made again.
 */
function isFault(stop: StopReason): boolean {
  return stop.kind === "signal" && FAULTS.has(stop.signal);
}

/** ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK: linux/errno.h */
const RESTARTS: ReadonlySet<bigint> = new Set([-512n, -513n, -514n, -516n]);

/** The thread was stopped inside a syscall that is to go on. */
function isToBeRestarted(registers: RegisterFile): boolean {
  const inSyscall = BigInt.asIntN(64, registers.words[Reg.origRax]!) >= 0n;
  return inSyscall && RESTARTS.has(BigInt.asIntN(64, registers.words[Reg.rax]!));
}

/** How {@link RemoteCode.runInSlot} ended. */
export interface SlotRun {
  readonly stop: StopReason;
  readonly after: RegisterFile;
  /** The instruction ran to its end. */
  readonly completed: boolean;
}
