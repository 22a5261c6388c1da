import type { GuardedMemory } from "../guard/guarded-memory.js";
import type { EventBuffer } from "../model/event-buffer.js";
import { AccessFlag, type Pid, type Tid, type TraceeAddress } from "../model/index.js";
import { PROT_WRITE, readMappings } from "../native/memory/maps.js";
import {
  type SyscallEntry,
  type SyscallExit,
  syscallStop,
  writeRegister,
} from "../native/ptrace/ptrace.js";
import { Reg } from "../native/ptrace/registers.js";
import type { SignalNumber } from "../native/ptrace/signals.js";
import {
  SYS_RESTART_SYSCALL,
  SYS_RT_SIGRETURN,
  SYS_RT_TGSIGQUEUEINFO,
  SYS_TGKILL,
} from "../native/syscall-numbers.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";
import { accessibleLength } from "./accessible.js";
import type { Area } from "./area.js";
import { guardedAreas } from "./areas.js";
import { AsyncIo } from "./async-io.js";
import { Call } from "./call.js";
import { CallsElsewhere, endCall } from "./calls-elsewhere.js";
import { Copies } from "./copies.js";
import { GuardedWrite } from "./guarded-write.js";
import { closesMemory, type MappingChange, mappingChange } from "./mapping-changes.js";
import { OpenedRun } from "./opened-run.js";
import { type MemoryAfter, NO_MEMORY, Outcome } from "./outcome.js";
import { type Placement, placeAreas, rangesToMove } from "./placement.js";
import { behindReentry } from "./reentry.js";
import { restartInterrupted } from "./restart-interrupted.js";
import { Restarts, SYSCALL_LENGTH } from "./restarts.js";
import { RewrittenSyscall } from "./rewritten-syscall.js";
import { Scratch } from "./scratch.js";
import { SignalReturn } from "./signal-return.js";
import { SkippedRseq } from "./skipped-rseq.js";
import { ThreadEnds } from "./thread-ends.js";
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
  readonly #elsewhere: CallsElsewhere;
  /** Their calls were ended for memory that was guarded meanwhile, and are to be made anew. */
  readonly #renewed = new WeakSet<Thread>();
  readonly #guardedWrite: GuardedWrite;
  readonly #ends: ThreadEnds;
  readonly #rseq: SkippedRseq;
  readonly #signalReturn: SignalReturn;
  readonly asyncIo: AsyncIo;

  constructor(
    readonly memory: GuardedMemory,
    readonly threads: ThreadTable,
    readonly events: EventBuffer,
    private readonly mappings: MappingCalls,
  ) {
    const { code, guard } = memory;
    this.#scratch = new Scratch(code);
    this.#opened = new OpenedRun(memory, threads, this.#scratch);
    this.#elsewhere = new CallsElsewhere(threads.stops);
    memory.views.users = this.#elsewhere;
    this.#signalReturn = new SignalReturn(code.memory, guard, events);
    this.#guardedWrite = new GuardedWrite(memory, threads);
    const entryOf = (thread: Thread) => this.#entries.get(thread);
    this.#ends = new ThreadEnds(memory, threads, this.#guardedWrite, events, entryOf);
    this.#rseq = new SkippedRseq(guard);
    this.asyncIo = new AsyncIo(memory, this.#guardedWrite, events);
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

  /** The thread is in a system call that sends `signal` to itself, in process `pid`. */
  isRaising(thread: Thread, pid: Pid, signal: SignalNumber): boolean {
    const entry = this.#entries.get(thread);
    if (entry?.number !== SYS_TGKILL && entry?.number !== SYS_RT_TGSIGQUEUEINFO) return false;
    const [process, task, sent] = entry.low;
    return process === pid && task === thread.tid && sent === signal;
  }

  /**
   * A new task, at its first stop, has a copy of the registers in its parent's call, with addresses
   * that are the kernel's to see. It gets the program's own, as its parent will.
   */
  born(child: Tid, parent: Thread): void {
    this.#rewritten.get(parent)?.restore(child);
    this.#ends.born(child, parent);
  }

  /** A thread was interrupted in a call that may use memory guarded from now on. */
  restartInterrupted(thread: Thread): void {
    restartInterrupted(thread.tid, this.memory.guard, this.memory.code.memory);
  }

  /**
   * Memory is guarded that was not: calls of threads but `thread` that are about it, and under way, are
   * made anew. The kernel may wait by its address, and would not find it.
   */
  guardedAnew(thread: Thread): void {
    const { guard, code } = this.memory;
    for (const other of this.threads) {
      const entry = other === thread || !other.inSyscall ? null : this.#entries.get(other);
      if (!entry || entry.number === null || this.#rewritten.has(other)) continue;
      const { tid } = other;
      if (guardedAreas(new Call(entry, tid, guard, code.memory)).length === 0) continue;
      this.#renewed.add(other);
      endCall(tid, this.threads.stops);
    }
  }

  /** The process has become another program: the call that did that has ended well. */
  execed(thread: Thread): void {
    const rewritten = this.#rewritten.get(thread);
    if (!rewritten) return;
    const { entry, placement } = rewritten;
    this.#record(thread, entry, touchesOf(placement.placed, new Outcome(0, NO_MEMORY)));
  }

  /** A thread is at its exit stop. */
  exiting(thread: Thread): void {
    this.#ends.exiting(thread);
  }

  /** A thread has ended. */
  forget(tid: Tid): void {
    this.#scratch.forget(tid);
    this.#ends.forget(tid);
    this.#elsewhere.ended(tid);
  }

  #entered(thread: Thread, entry: SyscallEntry): void {
    const interrupted = this.#restarts.entered(thread, entry);
    this.#entries.set(thread, entry);
    this.#rewritten.delete(thread);
    if (entry.number === SYS_RESTART_SYSCALL && interrupted) return this.#goOn(thread, interrupted);
    this.#ends.entered(thread.tid, entry);
    if (this.memory.guard.isEmpty || entry.number === null) return;
    this.#rseq.entered(thread, entry);
    if (entry.number === SYS_RT_SIGRETURN) {
      const { tid } = thread;
      return this.#signalReturn.entered(tid, entry, (size) =>
        this.#scratchFor(tid, SYS_RT_SIGRETURN, size),
      );
    }
    if (entry.number === SYS_RESTART_SYSCALL || this.asyncIo.entered(thread, entry)) return;
    const change = mappingChange(entry.number, entry.args, () => readMappings(thread.tid));
    if (change) {
      if (!closesMemory(change)) this.asyncIo.releasing(change.acts);
      this.mappings.run(thread, entry, change);
      thread.inSyscall = false;
      if (closesMemory(change)) this.guardedAnew(thread);
    } else this.#bring(thread, entry, interrupted?.before ?? []);
  }

  #bring(thread: Thread, entry: SyscallEntry, before: readonly Touch[]): void {
    const { tid } = thread;
    const { code, guard, views } = this.memory;
    const areas = guardedAreas(new Call(entry, tid, guard, code.memory));
    if (areas.length === 0) return;
    this.#move(tid, entry.number!, areas);
    const placement = placeAreas(areas, this.memory, () => readMappings(tid));
    const begin = (base: TraceeAddress) => {
      const rewritten = new RewrittenSyscall(
        entry,
        placement,
        new Copies(placement, code.memory, base),
        before,
        views.version,
      );
      rewritten.copies.make();
      rewritten.apply(tid);
      this.#begun(thread, rewritten);
    };
    if (placement.open.length > 0) this.#runOpened(thread, entry.number!, placement, begin);
    else begin(this.#scratchFor(tid, entry.number!, placement.scratchSize));
  }

  #begun(thread: Thread, rewritten: RewrittenSyscall): void {
    this.#rewritten.set(thread, rewritten);
    this.#elsewhere.begun(thread.tid, rewritten.placement);
  }

  /** What a call uses itself, and not a copy of, is moved to where the kernel can be given it. */
  #move(tid: Tid, number: number, areas: readonly Area[]): void {
    const ranges = rangesToMove(areas, this.memory.guard);
    if (ranges.every(({ start, end }) => this.memory.views.holds(start, end))) return;
    behindReentry(this.memory.code, tid, number, () => {
      this.memory.moveToOtherView(tid, ranges);
    });
  }

  /**
   * A call goes on whose arguments the kernel has kept: the copies are where they were. Where it has
   * kept addresses of memory that has been moved since, the call is made from the start instead.
   */
  #goOn(thread: Thread, rewritten: RewrittenSyscall): void {
    const { placement, entry } = rewritten;
    if (placement.usesOtherView && rewritten.viewVersion !== this.memory.views.version) {
      writeRegister(thread.tid, Reg.origRax, entry.number!);
      this.#entries.set(thread, entry);
      if (!this.memory.guard.isEmpty) this.#bring(thread, entry, rewritten.before);
      return;
    }
    const begin = () => this.#begun(thread, rewritten);
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
    this.#elsewhere.ended(thread.tid);
    this.#rseq.left(thread);
    if (this.#renewed.delete(thread)) this.restartInterrupted(thread);
    const rewritten = this.#rewritten.get(thread);
    if (rewritten) {
      this.#rewritten.delete(thread);
      this.#finish(thread, rewritten, exit);
    }
    const entry = this.#entries.get(thread);
    if (entry) this.asyncIo.left(thread, entry, exit, rewritten?.placement.placed ?? []);
  }

  #finish(thread: Thread, rewritten: RewrittenSyscall, exit: SyscallExit): void {
    const { tid } = thread;
    const { entry, placement, copies, before } = rewritten;
    const end = new Outcome(exit.result, this.#memoryAfter(tid, copies));
    const touches = touchesOf(placement.placed, end);
    copies.takeBack(touches, (address, bytes) => this.#guardedWrite.write(thread, address, bytes));
    rewritten.restore(tid);
    if (placement.open.length > 0) this.#opened.close(thread);
    const now = without(touches, before);
    this.#record(thread, entry, now);
    if (!end.restarts) return;
    const all = [...before, ...now];
    const soFar = new RewrittenSyscall(entry, placement, copies, all, rewritten.viewVersion);
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
