import type { Pid, Tid, TraceeAddress } from "../../model/index.js";
import type { ResumeMode } from "../ptrace/ptrace.js";
import { Reg, RegisterFile } from "../ptrace/registers.js";
import type { SignalInfo } from "../ptrace/siginfo.js";
import type { StopReason } from "../ptrace/stop.js";
import type { StopQueue } from "../ptrace/stops.js";
import { InjectedPage } from "./injected-page.js";
import { Injection } from "./injection.js";
import { ProcessMappings } from "./process-mappings.js";
import {
  bytesOf,
  CALL_SIZE,
  CALLS_A_TABLE,
  type RemoteCall,
  resultsIn,
  tableOf,
} from "./syscall-table.js";
import { ThreadLoan } from "./thread-loan.js";
import { TraceeCallFailed } from "./tracee-call-failed.js";
import { TraceeMemory } from "./tracee-memory.js";

const INT3 = 0xcc;

/** How {@link RemoteCode.runInSlot} ended. */
export interface SlotRun {
  readonly stop: StopReason;
  readonly after: RegisterFile;
  /** The instruction ran to its end. */
  readonly completed: boolean;
}

/**
 * Code of ours that runs in the tracee: injected system calls and instructions out of line. It
 * belongs to one address space.
 */
export class RemoteCode {
  readonly memory: TraceeMemory;
  readonly mappings = new ProcessMappings();
  readonly #loan: ThreadLoan;
  readonly #injection: Injection;
  readonly #page: InjectedPage;

  constructor(
    pid: Pid,
    readonly stops: StopQueue,
  ) {
    this.memory = new TraceeMemory(pid);
    this.#loan = new ThreadLoan(stops);
    this.#injection = new Injection(this.#loan);
    this.#page = new InjectedPage(this.memory, this.#injection);
  }

  /**
   * Runs `work` on a stopped thread with its registers and its signal mask put back afterwards, also
   * when `work` throws. Meanwhile the thread can take the signals that an instruction raises, also
   * where it blocks them; others that arrive are held, see {@link takeHeld}.
   * `work` may change the registers that are put back. `blocked`: signals that the thread blocks
   * although its mask does not say so.
   */
  borrow<T>(tid: Tid, work: (registers: RegisterFile) => T, blocked = 0n): T {
    return this.#loan.borrow(tid, work, blocked);
  }

  /**
   * The signals that arrived while a thread was borrowed, in order; they are the caller's to deliver.
   * They are not kept out by a mask: a signal to the process would go to another of its threads.
   */
  takeHeld(): SignalInfo[] {
    return this.#loan.takeHeld();
  }

  /**
   * Runs a borrowed thread on to its next stop of its own. A PTRACE_INTERRUPT that was still pending,
   * a group stop of the whole process, and signals from outside get between: they are passed over
   * here; the group stop is made good when the thread is given back.
   */
  runToStop(tid: Tid, mode: ResumeMode): StopReason {
    return this.#loan.runToStop(tid, mode);
  }

  /** As {@link runToStop}, of a thread that is not borrowed: the group stop is made good after this one. */
  runOwnToStop(tid: Tid, mode: ResumeMode): StopReason {
    const stop = this.#loan.runToStop(tid, mode);
    this.#loan.stopAgain(tid);
    return stop;
  }

  /**
   * Makes a borrowed thread run one system call; returns its result. Throws TraceeCallFailed when the
   * call fails. The registers are not put back: see {@link borrow}.
   */
  syscall(tid: Tid, name: string, number: number, ...args: (number | bigint)[]): number {
    const result = this.#injection.syscall(tid, this.#page.syscallAt(tid), number, args, "step");
    if (result < 0n) throw new TraceeCallFailed(name, Number(-result));
    return Number(result);
  }

  /**
   * As {@link syscall}, for where the program's own SIGTRAP matters: there are two stops and no
   * SIGTRAP. Returns the result as it is; negative: -errno.
   */
  quietSyscall(tid: Tid, number: number, ...args: (number | bigint)[]): number {
    const at = this.#page.syscallAt(tid);
    return Number(this.#injection.syscall(tid, at, number, args, "syscall"));
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
    if (calls.length < 2) {
      const at = this.#page.syscallAt(tid);
      return calls.map(({ number, args }) =>
        Number(this.#injection.syscall(tid, at, number, args, "step")),
      );
    }
    const at = this.#page.tableAt(tid);
    const table = tableOf(calls);
    this.memory.write(at, bytesOf(table));
    const registers = this.#loan.registers.copy();
    registers.ip = this.#page.routineAt(tid);
    registers.words[Reg.rbx] = BigInt(at);
    registers.words[Reg.rbp] = BigInt(at + calls.length * CALL_SIZE);
    this.#injection.routine(tid, registers);
    this.memory.fill(at, bytesOf(table));
    return resultsIn(table);
  }

  /** Code of ours is at `address`: a thread that is not borrowed is never there. */
  contains(address: number): boolean {
    return this.#page.contains(address);
  }

  /** A page that nothing else uses, for what injected system calls of a borrowed thread write. */
  roomAt(tid: Tid): TraceeAddress {
    return this.#page.roomAt(tid);
  }

  /** Runs a copied instruction in a borrowed thread, with these registers, up to its end or a signal. */
  runInSlot(tid: Tid, registers: RegisterFile, instruction: Uint8Array): SlotRun {
    const start = this.#page.slotAt(tid);
    this.memory.write(start, Buffer.from([...instruction, INT3]));
    const moved = registers.copy();
    moved.ip = start;
    moved.forgetSyscall();
    moved.write(tid);
    const stop = this.runToStop(tid, "continue");
    const after = RegisterFile.of(tid);
    const completed = after.ip === start + instruction.length + 1;
    return { stop, after, completed };
  }

  close(): void {
    this.memory.close();
    this.mappings.close();
  }
}
