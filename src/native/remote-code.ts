import {
  FfiscopeError,
  PAGE_SIZE,
  type Pid,
  type Tid,
  type TraceeAddress,
  USER_SPACE_END,
} from "../model/index.js";
import { SystemError } from "./libc.js";
import { PROT_EXEC, PROT_READ, PROT_WRITE, readMappings } from "./maps.js";
import { MAP_ANONYMOUS, MAP_PRIVATE, SYS_MMAP } from "./mmap.js";
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
import {
  bytesOf,
  CALL_SIZE,
  CALLS_A_TABLE,
  type RemoteCall,
  resultsIn,
  TABLE_ROUTINE,
  TABLE_SIZE,
  tableOf,
} from "./syscall-table.js";
import { ThreadGone } from "./thread-gone.js";
import { TraceeMemory } from "./tracee-memory.js";

const SYSCALL_INSTRUCTION = Buffer.from([0x0f, 0x05]);
const INT3 = 0xcc;

/**
 * Layout of the page that we keep in the tracee: a `syscall`, a slot for one copied instruction, and
 * the routine that runs a table of system calls.
 */
const SLOT_OFFSET = 64;
const ROUTINE_OFFSET = 128;

/** Signals that an instruction raises by itself, as mask bits. */
const SYNCHRONOUS = SYNCHRONOUS_SIGNALS.reduce((mask, signal) => mask | signalBit(signal), 0n);

/** Those of them after which the instruction is made again. */
const FAULTS: ReadonlySet<SignalNumber> = new Set(
  SYNCHRONOUS_SIGNALS.filter((signal) => signal !== SIGTRAP),
);

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
  #table: TraceeAddress | null = null;
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

  /**
   * Makes a borrowed thread run many system calls in one stop; returns their results, in order. A
   * result is negative where its call failed (-errno): the others are made all the same.
   */
  syscalls(tid: Tid, calls: readonly RemoteCall[]): number[] {
    if (calls.length > CALLS_A_TABLE) {
      const first = this.syscalls(tid, calls.slice(0, CALLS_A_TABLE));
      return first.concat(this.syscalls(tid, calls.slice(CALLS_A_TABLE)));
    }
    const page = this.#ensurePage(tid);
    if (calls.length < 2) {
      return calls.map(({ number, args }) => Number(this.#run(tid, page, number, args, "step")));
    }
    const at = this.#ensureTable(tid);
    const table = tableOf(calls);
    this.memory.write(at, bytesOf(table));
    const registers = RegisterFile.of(tid);
    registers.ip = (page + ROUTINE_OFFSET) as TraceeAddress;
    registers.words[Reg.rbx] = BigInt(at);
    registers.words[Reg.rbp] = BigInt(at + calls.length * CALL_SIZE);
    registers.words[Reg.origRax] = 2n ** 64n - 1n;
    registers.write(tid);
    const stop = this.#runInjected(tid, registers.ip, "continue");
    if (stop.kind !== "signal" || stop.signal !== SIGTRAP) throw injectionFailed(tid, stop);
    this.memory.read(at, bytesOf(table));
    return resultsIn(table);
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
    let stop = this.#runInjected(tid, at, mode);
    if (mode === "syscall" && stop.kind === "syscall") stop = this.runToStop(tid, mode);
    this.#atSyscallExit = stop.kind === "syscall";
    if (!this.#atSyscallExit && !(stop.kind === "signal" && stop.signal === SIGTRAP)) {
      throw injectionFailed(tid, stop);
    }
    return BigInt.asIntN(64, RegisterFile.of(tid).words[Reg.rax]!);
  }

  /**
   * Runs code of ours from `start` on. A thread that was stopped by PTRACE_INTERRUPT right behind a
   * fault reports that fault now: it is passed over, for the thread's own instruction faults again.
   */
  #runInjected(tid: Tid, start: TraceeAddress, mode: ResumeMode): StopReason {
    const stop = this.runToStop(tid, mode);
    const faulted = stop.kind === "signal" && FAULTS.has(stop.signal);
    if (!faulted || RegisterFile.of(tid).ip !== start) return stop;
    return this.runToStop(tid, mode);
  }

  #ensurePage(tid: Tid): TraceeAddress {
    if (this.#page !== null) return this.#page;
    const protection = PROT_READ | PROT_EXEC;
    const args = [0, PAGE_SIZE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0];
    const result = this.#run(tid, this.#findSyscallInstruction(tid), SYS_MMAP, args, "syscall");
    if (result < 0n) throw new SystemError("mmap in the tracee", Number(-result));
    const page = Number(result) as TraceeAddress;
    this.memory.write(page, Buffer.from([...SYSCALL_INSTRUCTION, INT3]));
    this.memory.write((page + ROUTINE_OFFSET) as TraceeAddress, TABLE_ROUTINE);
    this.#page = page;
    return page;
  }

  #ensureTable(tid: Tid): TraceeAddress {
    if (this.#table !== null) return this.#table;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS;
    const args = [0, TABLE_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0];
    this.#table = this.syscall(tid, "mmap", SYS_MMAP, ...args) as TraceeAddress;
    return this.#table;
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

function injectionFailed(tid: Tid, stop: StopReason): FfiscopeError {
  return new FfiscopeError({
    code: "INJECTION_FAILED",
    message: `thread ${tid} stopped unexpectedly in an injected system call (${JSON.stringify(stop)})`,
  });
}

/** ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK: linux/errno.h */
const RESTARTS: ReadonlySet<bigint> = new Set([-512n, -513n, -514n, -516n]);

/** The thread was stopped inside a syscall that is to go on. */
export function isToBeRestarted(registers: RegisterFile): boolean {
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
