import type { GuardedMemory } from "../guard/guarded-memory.js";
import type { EventBuffer } from "../model/event-buffer.js";
import { AccessFlag, type Pid, type Tid, type TraceeAddress } from "../model/index.js";
import { PROT_WRITE, readMappings } from "../native/memory/maps.js";
import { type SyscallEntry, type SyscallExit, syscallStop } from "../native/ptrace/ptrace.js";
import type { SignalNumber } from "../native/ptrace/signals.js";
import { SYS_RESTART_SYSCALL, SYS_RT_SIGRETURN, SYS_TGKILL } from "../native/syscall-numbers.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";
import { accessibleLength } from "./accessible.js";
import { guardedAreas } from "./areas.js";
import { Call } from "./call.js";
import { Copies } from "./copies.js";
import { GuardedWrite } from "./guarded-write.js";
import { type MappingChange, mappingChange } from "./mapping-changes.js";
import { OpenedRun } from "./opened-run.js";
import { type MemoryAfter, Outcome } from "./outcome.js";
import { type Placement, placeAreas } from "./placement.js";
import { behindReentry } from "./reentry.js";
import { restartInterrupted } from "./restart-interrupted.js";
import { Restarts, SYSCALL_LENGTH } from "./restarts.js";
import { RewrittenSyscall } from "./rewritten-syscall.js";
import { Scratch } from "./scratch.js";
import { SignalReturn } from "./signal-return.js";
import { guardedParts, type Touch, touchesOf, without } from "./touches.js";

/** Runs the calls that change mappings, each from its entry stop to its exit stop. */
export interface MappingCalls {
  run(thread: Thread, entry: SyscallEntry, change: MappingChange): void;
}

/**
 * Makes the tracee's syscalls work on guarded memory as they would untraced, and records what they
 * read and write there.
 *
 * At its entry a call's memory is brought to where the kernel can reach it: our own heap has a
 * backdoor; what lies in a plain client's pages is copied, as are structures that hold pointers to
 * either. At its exit what the kernel wrote is copied back, and the registers are as they were. Only
 * where a copy will not do are pages opened.
 */
export class SyscallWatch {
  /** The syscall that each thread is in, or was in last. */
  readonly #entries = new WeakMap<Thread, SyscallEntry>();
  readonly #rewritten = new WeakMap<Thread, RewrittenSyscall>();
  readonly #restarts = new Restarts<RewrittenSyscall>();
  readonly #scratch: Scratch;
  readonly #opened: OpenedRun;
  readonly #guardedWrite: GuardedWrite;
  readonly #signalReturn: SignalReturn;

  constructor(
    readonly memory: GuardedMemory,
    threads: ThreadTable,
    readonly events: EventBuffer,
    private readonly mappings: MappingCalls,
  ) {
    const { code, guard } = memory;
    this.#scratch = new Scratch(code);
    this.#opened = new OpenedRun(memory, threads, this.#scratch);
    this.#signalReturn = new SignalReturn(code.memory, guard, events);
    this.#guardedWrite = new GuardedWrite(memory, threads);
  }

  /**
   * Handles a syscall stop of `thread`, which the caller then resumes if it is stopped still. Returns
   * the number of the syscall that the thread has left; null where it is in one.
   */
  stopped(thread: Thread): number | null {
    const stop = syscallStop(thread.tid);
    thread.inSyscall = stop.phase === "entry";
    if (stop.phase === "entry") this.#entered(thread, stop);
    else if (stop.phase === "exit") this.#left(thread, stop);
    return thread.inSyscall ? null : (this.#entries.get(thread)?.number ?? null);
  }

  /** The thread is in a tgkill(2) that sends `signal` to itself, in process `pid`. */
  isRaising(thread: Thread, pid: Pid, signal: SignalNumber): boolean {
    const entry = this.#entries.get(thread);
    if (entry?.number !== SYS_TGKILL) return false;
    const [process, task, sent] = entry.low;
    return process === pid && task === thread.tid && sent === signal;
  }

  /**
   * A new task, at its first stop, has a copy of the registers in its parent's call, with addresses
   * that are the kernel's to see. It gets the program's own, as its parent will.
   */
  born(child: Tid, parent: Thread): void {
    this.#rewritten.get(parent)?.restore(child);
  }

  /** A thread was interrupted in a call that may use memory which is guarded from now on. */
  restartInterrupted(thread: Thread): void {
    restartInterrupted(thread.tid, this.memory.guard, this.memory.code.memory);
  }

  /** The process has become another program: the call that did that has ended well. */
  execed(thread: Thread): void {
    const rewritten = this.#rewritten.get(thread);
    if (!rewritten) return;
    const end = new Outcome(0, NO_MEMORY);
    this.#record(thread, rewritten.entry, touchesOf(rewritten.placement.placed, end));
  }

  /** A thread has ended. */
  forget(tid: Tid): void {
    this.#scratch.forget(tid);
  }

  #entered(thread: Thread, entry: SyscallEntry): void {
    const interrupted = this.#restarts.entered(thread, entry);
    this.#entries.set(thread, entry);
    this.#rewritten.delete(thread);
    if (this.memory.guard.isEmpty || entry.number === null) return;
    if (entry.number === SYS_RT_SIGRETURN) {
      const { tid } = thread;
      return this.#signalReturn.entered(tid, entry, (size) =>
        this.#scratchFor(tid, SYS_RT_SIGRETURN, size),
      );
    }
    if (entry.number === SYS_RESTART_SYSCALL) {
      if (interrupted) this.#goOn(thread, interrupted);
      return;
    }
    const change = mappingChange(entry.number, entry.args, () => readMappings(thread.tid));
    if (change) {
      this.mappings.run(thread, entry, change);
      thread.inSyscall = false;
    } else this.#bring(thread, entry, interrupted?.before ?? []);
  }

  #bring(thread: Thread, entry: SyscallEntry, before: readonly Touch[]): void {
    const { tid } = thread;
    const { memory } = this.memory.code;
    const areas = guardedAreas(new Call(entry, tid, this.memory.guard, memory));
    if (areas.length === 0) return;
    const placement = placeAreas(areas, this.memory.guard, () => readMappings(tid));
    const begin = (base: TraceeAddress) => {
      const rewritten = new RewrittenSyscall(
        entry,
        placement,
        new Copies(placement, memory, base),
        before,
      );
      rewritten.copies.make();
      rewritten.apply(tid);
      this.#rewritten.set(thread, rewritten);
    };
    if (placement.open.length > 0) this.#runOpened(thread, entry.number!, placement, begin);
    else begin(this.#scratchFor(tid, entry.number!, placement.scratchSize));
  }

  /** A call goes on whose arguments the kernel has kept: the copies are where they were. */
  #goOn(thread: Thread, rewritten: RewrittenSyscall): void {
    const { placement } = rewritten;
    const begin = () => this.#rewritten.set(thread, rewritten);
    if (placement.open.length > 0) this.#runOpened(thread, SYS_RESTART_SYSCALL, placement, begin);
    else begin();
  }

  #runOpened(
    thread: Thread,
    number: number,
    placement: Placement,
    begin: (base: TraceeAddress) => void,
  ): void {
    this.#opened.run(thread, number, placement, begin, () => this.stopped(thread));
  }

  #scratchFor(tid: Tid, number: number, size: number): TraceeAddress {
    let base = this.#scratch.of(tid, size);
    if (base !== null) return base;
    behindReentry(this.memory.code, tid, number, () => {
      base = this.#scratch.ensure(tid, size);
    });
    return base!;
  }

  #left(thread: Thread, exit: SyscallExit): void {
    this.#restarts.left(thread, exit);
    const rewritten = this.#rewritten.get(thread);
    if (!rewritten) return;
    this.#rewritten.delete(thread);
    this.#finish(thread, rewritten, exit);
  }

  #finish(thread: Thread, rewritten: RewrittenSyscall, exit: SyscallExit): void {
    const { tid } = thread;
    const { entry, placement, copies, before } = rewritten;
    const end = new Outcome(exit.result, this.#memoryAfter(tid, copies));
    const touches = touchesOf(placement.placed, end);
    copies.takeBack(touches, (address, bytes) => this.#guardedWrite.write(thread, address, bytes));
    rewritten.restore(tid);
    if (placement.open.length > 0) this.#opened.close(tid, tid);
    const now = without(touches, before);
    this.#record(thread, entry, now);
    if (!end.restarts) return;
    const soFar = new RewrittenSyscall(entry, placement, copies, [...before, ...now]);
    this.#restarts.interrupted(thread, entry, soFar);
  }

  #memoryAfter(tid: Tid, copies: Copies): MemoryAfter {
    return {
      bytes: (address, size) => copies.bytes(address, size),
      writableLength: (address, size) =>
        accessibleLength(this.memory.guard, () => readMappings(tid), address, size, PROT_WRITE),
    };
  }

  #record({ tid }: Thread, { ip }: SyscallEntry, touches: readonly Touch[]): void {
    const at = (ip - SYSCALL_LENGTH) as TraceeAddress;
    for (const { kind, address, size } of guardedParts(touches, this.memory.guard)) {
      this.events.add(address, size, at, tid, AccessFlag.KERNEL | KIND_FLAG[kind]);
    }
  }
}

const KIND_FLAG = { read: 0, write: AccessFlag.WRITE, unknown: AccessFlag.UNKNOWN } as const;

/** The memory of a process that has become another program: none of it can be read. */
const NO_MEMORY: MemoryAfter = {
  bytes: (_address, size) => Buffer.alloc(size),
  writableLength: () => 0,
};
