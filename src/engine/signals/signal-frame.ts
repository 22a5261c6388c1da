import type { GuardedMemory } from "../../guard/guarded-memory.js";
import type { ProtectedRange } from "../../guard/protected-range.js";
import type { EventBuffer } from "../../model/event-buffer.js";
import { AccessFlag, type TraceeAddress } from "../../model/index.js";
import { setSignalInfo, signalInfo } from "../../native/ptrace/ptrace.js";
import { Reg, RegisterFile } from "../../native/ptrace/registers.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import { SIGACTION_SIZE } from "../../native/ptrace/signal-action.js";
import { SIGSEGV, SIGTRAP, type SignalNumber } from "../../native/ptrace/signals.js";
import type { StopReason } from "../../native/ptrace/stop.js";
import { SYS_RT_SIGACTION, SYS_SIGALTSTACK } from "../../native/syscall-numbers.js";
import type { ThreadSync } from "../../threads/thread-sync.js";
import type { Thread } from "../../threads/thread-table.js";
import type { SignalState } from "./signal-state.js";

/** stack_t, asm/signal.h, in bytes. */
const STACK_SIZE = 24;
const SS_ONSTACK = 1;
const SS_DISABLE = 2;
const SA_ONSTACK = 0x0800_0000n;

const SI_KERNEL = 0x80; // asm-generic/siginfo.h

/** The red zone of the System V ABI, below the stack pointer: frames leave it alone. In bytes. */
const RED_ZONE = 128;

/** Larger than any frame, in bytes: one with AMX tiles has 11 KB. */
const LARGEST_FRAME = 16384;

/**
 * Opens guarded memory for the frame that the kernel writes for a signal's handler. No system call
 * announces it, and the kernel kills a process whose stack it cannot write.
 */
export class SignalFrame {
  constructor(
    readonly memory: GuardedMemory,
    readonly sync: ThreadSync,
    readonly signalState: SignalState,
    readonly events: EventBuffer,
  ) {}

  /**
   * Runs `deliver`, which gives a stopped thread the signal of `info` and waits for its next stop,
   * mostly at the handler's first instruction. The guarded memory that the frame goes to is open
   * meanwhile. Returns that stop. The thread itself is asked where its frame goes, by system calls.
   * In a call that waits with a signal mask of its own (sigsuspend(2), ppoll(2)) they would end the
   * wait: there `deliver` is tried first.
   */
  around(thread: Thread, info: SignalInfo, deliver: () => StopReason): StopReason {
    if (this.memory.guard.isEmpty) return deliver();
    const before = RegisterFile.of(thread.tid);
    if (this.#mayAsk(info, before)) return this.#withRoom(thread, info, before, deliver);
    const stop = deliver();
    if (!hadNoRoom(thread, stop, before)) return stop;
    const fault = signalInfo(thread.tid);
    return this.#withRoom(thread, info, before, deliver, () => {
      setSignalInfo(thread.tid, fault);
      return stop;
    });
  }

  #mayAsk(info: SignalInfo, registers: RegisterFile): boolean {
    if (info.isSynchronous) return true;
    if (registers.isInSyscall) return false;
    if (info.signal === SIGSEGV) return true; // a SIGSEGV whose frame cannot be written loses its handler
    const top = belowStack(registers);
    return this.memory.guard.touches(top - LARGEST_FRAME, top);
  }

  #withRoom(
    thread: Thread,
    { signal }: SignalInfo,
    before: RegisterFile,
    deliver: () => StopReason,
    otherwise = deliver,
  ): StopReason {
    const top = this.#top(thread, signal, before);
    const bottom = top - LARGEST_FRAME;
    if (!this.memory.guard.touches(bottom, top)) return otherwise();
    const ranges = this.memory.guard.rangesToOpen(bottom as TraceeAddress, top as TraceeAddress);
    const frozen = this.sync.stopOthers(thread);
    try {
      this.#change(thread, () => this.memory.protector.open(thread.tid, ranges));
      const stop = deliver();
      if (stop.kind === "signal") this.#after(thread, stop.signal, before.ip, top, ranges);
      return stop;
    } finally {
      this.sync.thaw(frozen);
    }
  }

  #after(
    thread: Thread,
    signal: SignalNumber,
    ip: TraceeAddress,
    top: number,
    ranges: readonly ProtectedRange[],
  ): void {
    const info = signalInfo(thread.tid);
    this.#change(thread, () => this.memory.protector.close(thread.tid, ranges));
    if (signal === SIGTRAP) this.#record(thread, ip, top);
    else setSignalInfo(thread.tid, info); // the frame could not be written
  }

  #change({ tid }: Thread, change: () => void): void {
    this.memory.code.borrow(tid, () => {
      change();
      this.signalState.restoreActions(tid);
    });
  }

  #record({ tid }: Thread, ip: TraceeAddress, top: number): void {
    const bottom = Number(RegisterFile.of(tid).words[Reg.rsp]!);
    for (const [start, end] of this.memory.guard.clip(bottom, top)) {
      this.events.add(start, end - start, ip, tid, AccessFlag.KERNEL | AccessFlag.WRITE);
    }
  }

  /** Where the frame ends: below the stack pointer, or at the other stack's end (sigaltstack(2)). */
  #top({ tid }: Thread, signal: SignalNumber, registers: RegisterFile): number {
    const below = belowStack(registers);
    const { stack, action } = this.#asked(tid, signal);
    const flags = stack.readInt32LE(8);
    const isOther = (action.readBigUInt64LE(8) & SA_ONSTACK) !== 0n;
    if (!isOther || flags & (SS_ONSTACK | SS_DISABLE)) return below;
    return Number(stack.readBigUInt64LE(0) + stack.readBigUInt64LE(16));
  }

  #asked(tid: Thread["tid"], signal: SignalNumber) {
    const stack = Buffer.alloc(STACK_SIZE);
    const action = Buffer.alloc(SIGACTION_SIZE);
    this.memory.code.borrow(tid, () => {
      const at = this.memory.code.roomAt(tid);
      this.memory.code.syscalls(tid, [
        { number: SYS_SIGALTSTACK, args: [0, at] },
        { number: SYS_RT_SIGACTION, args: [signal, 0, at + STACK_SIZE, 8] },
      ]);
      this.memory.code.memory.fill(at, stack);
      this.memory.code.memory.fill((at + STACK_SIZE) as TraceeAddress, action);
      this.signalState.restoreActions(tid);
    });
    return { stack, action };
  }
}

function belowStack(registers: RegisterFile): number {
  return Number(registers.words[Reg.rsp]!) - RED_ZONE;
}

/**
 * The kernel could not write the frame, and raised SIGSEGV instead (signal_setup_done in
 * kernel/signal.c).
 */
function hadNoRoom({ tid }: Thread, stop: StopReason, before: RegisterFile): boolean {
  if (stop.kind !== "signal" || stop.signal !== SIGSEGV || signalInfo(tid).code !== SI_KERNEL) {
    return false;
  }
  return RegisterFile.of(tid).words[Reg.rsp] === before.words[Reg.rsp];
}
