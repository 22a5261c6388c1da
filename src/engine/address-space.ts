import { FragmentEngine } from "../fragments/run/fragment-engine.js";
import type { FragmentFault } from "../fragments/run/fragment-fault.js";
import { ThreadsInFragments } from "../fragments/run/threads-in-fragments.js";
import type { BackedHeap } from "../guard/forked-memory.js";
import type { Guard } from "../guard/guard.js";
import { GuardedMemory } from "../guard/guarded-memory.js";
import type { ProtectedRange } from "../guard/protected-range.js";
import { Vsyscalls } from "../kernel/vsyscalls.js";
import { SyscallWatch } from "../kernel/watch.js";
import type { EventBuffer } from "../model/event-buffer.js";
import type { Pid, Tid } from "../model/index.js";
import { canRunFragments } from "../native/cpuid.js";
import { setSignalInfo, signalMask, syscallStop } from "../native/ptrace/ptrace.js";
import type { RegisterFile } from "../native/ptrace/registers.js";
import type { SignalInfo } from "../native/ptrace/siginfo.js";
import { type SignalDispositions, signalBit } from "../native/ptrace/signal-action.js";
import { SIGTRAP, SIGUSR1, type SignalNumber } from "../native/ptrace/signals.js";
import type { StopQueue } from "../native/ptrace/stops.js";
import { RemoteCode } from "../native/remote/remote-code.js";
import { ThreadSync } from "../threads/thread-sync.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";
import { CallGuard } from "./call-guard.js";
import { EnteredFunctions, type LibraryFunction } from "./entered-functions.js";
import { instructionsOf } from "./instructions.js";
import { MappingObserver } from "./mapping-observer.js";
import { ReferenceEngine } from "./reference.js";
import { RepeatedFaults } from "./repeated-faults.js";
import { SignalDelivery } from "./signals/signal-delivery.js";
import { SignalFrame } from "./signals/signal-frame.js";
import { SignalState } from "./signals/signal-state.js";
import { requireClaimed } from "./unclaimed-stop.js";

/** Serves the accesses of one address space of the tracee, from its exec to the next. */
export class AddressSpace {
  readonly reference: ReferenceEngine;
  /** Null where the reference engine is to serve all. */
  readonly fragments: FragmentEngine | null;
  readonly #memory: GuardedMemory;
  readonly #sync: ThreadSync;
  readonly #signalState: SignalState;
  readonly #syscalls: SyscallWatch;
  readonly #vsyscalls: Vsyscalls;
  readonly #signals: SignalDelivery;
  readonly #calls: CallGuard;
  readonly #entered: EnteredFunctions;
  /** The thread whose call runs. */
  #caller: Thread | null = null;
  readonly #repeated: RepeatedFaults;
  /** Whether a thread came from fragments to the syscall that it is in. */
  readonly #syscallFromFragment = new WeakMap<Thread, boolean>();

  constructor(
    readonly pid: Pid,
    readonly threads: ThreadTable,
    engine: "auto" | "reference",
    readonly events: EventBuffer,
  ) {
    const code = new RemoteCode(pid, threads.stops);
    const memory = new GuardedMemory(code);
    const runsFragments = engine === "auto" && canRunFragments();
    const instructions = instructionsOf(code, runsFragments);
    const inside = runsFragments ? new ThreadsInFragments(memory, instructions, events) : null;
    const signalState = new SignalState(code);
    this.#memory = memory;
    this.#signalState = signalState;
    this.#sync = new ThreadSync(threads, inside);
    this.fragments = inside && new FragmentEngine(memory, inside, this.#sync);
    this.reference = new ReferenceEngine(memory, threads, signalState, instructions, events);
    const mappings = new MappingObserver(memory, this.#sync, this.fragments);
    this.#syscalls = new SyscallWatch(memory, threads, events, mappings);
    this.#repeated = new RepeatedFaults(memory.guard);
    this.#vsyscalls = new Vsyscalls(memory, threads, events);
    const frame = new SignalFrame(memory, this.#sync, signalState, events);
    this.#signals = new SignalDelivery(code, threads, signalState, frame);
    this.#entered = new EnteredFunctions(code.memory, events);
    this.#calls = new CallGuard(memory, this.#sync, signalState, this.#syscalls);
  }

  /** Which memory is guarded. */
  get guard(): Guard {
    return this.#memory.guard;
  }

  get stops(): StopQueue {
    return this.threads.stops;
  }

  /** The program's memory, as it knows it, its mappings, and calls that are made in it. */
  get code(): RemoteCode {
    return this.#memory.code;
  }

  addHeap(heap: BackedHeap): void {
    this.#memory.addHeap(heap);
  }

  /** Functions of libc are known by their entries: what they are entered with is told from here on. */
  noteFunctions(functions: readonly LibraryFunction[]): void {
    this.#entered.note(functions);
    if (this.fragments) this.fragments.translator.entries = this.#entered.entries;
  }

  /** Guards a plain client's pages, and has the syscalls of all threads watched. */
  guardCall(thread: Thread, ranges: readonly ProtectedRange[]): void {
    this.#caller = thread;
    this.#entered.forget(thread.tid);
    this.fragments?.callBegins();
    this.#calls.close(thread, ranges);
    this.#signals.sendHeldAgain(thread);
  }

  releaseCall(thread: Thread): void {
    this.#caller = null;
    this.#syscalls.asyncIo.releasing();
    this.#calls.open(thread);
    this.#signals.sendHeldAgain(thread);
  }

  /** True if the fault is on guarded memory, to be given to {@link serve}. */
  guards(thread: Thread, fault: SignalInfo): boolean {
    if (this.#vsyscalls.failed(thread, fault)) return true;
    if (!fault.isFault || !this.guard.covers(fault.faultAddress)) return false;
    if (fault.isUnmapped) this.#memory.findUnmapped(thread.tid);
    return this.guard.covers(fault.faultAddress);
  }

  /**
   * Serves a fault on guarded memory. Returns the signal to deliver from this stop, if any: what the
   * instruction raised by itself, or what arrived meanwhile.
   */
  serve(thread: Thread, fault: SignalInfo): SignalInfo | null {
    if (this.#vsyscalls.failed(thread, fault)) {
      this.drain(thread); // what it has done so far comes before
      this.#vsyscalls.serve(thread);
      return this.#goesOn(thread);
    }
    this.#entered.atFault(thread, () => this.drain(thread));
    if (this.fragments?.enterAtFault(thread)) return this.#goesOn(thread);
    return this.serveByReference(thread, fault);
  }

  /** A fault of the guard is served without a step. */
  #goesOn(thread: Thread): null {
    this.#signalState.repair(thread.tid);
    this.#signals.sendHeldAgain(thread);
    return null;
  }

  /** A trap of our own code has stopped a thread, which stays stopped. */
  trapped(thread: Thread): void {
    this.#signalState.repair(thread.tid, signalBit(SIGTRAP));
    this.#signals.sendHeldAgain(thread);
  }

  /** As {@link serve}, without fragments. */
  serveByReference(
    thread: Thread,
    fault: SignalInfo,
    begun: RegisterFile | null = null,
  ): SignalInfo | null {
    this.drain(thread);
    const next = this.#signals.first(thread, this.reference.serve(thread, fault, begun));
    if (next === null) this.fragments?.enterBehind(thread);
    return next;
  }

  /** A signal is to wait until the thread no longer blocks it; the thread is to be run on. */
  holdsBack(thread: Thread, info: SignalInfo): boolean {
    return this.#signals.holdsBack(thread, info);
  }

  /** A stopped thread is in a fragment. */
  isInFragment(thread: Thread): boolean {
    return this.fragments?.inside.isInside(thread) ?? false;
  }

  /**
   * Answers a signal that an instruction in a fragment has raised. Null where the thread runs on.
   */
  fragmentFaulted(thread: Thread, info: SignalInfo): FragmentFault | null {
    return this.fragments!.faulted(thread, info, () => {
      this.#goesOn(thread);
      this.threads.resume(thread);
    });
  }

  /**
   * Recreates the program's state in a thread that `info` has stopped in a fragment, so that the
   * signal can be delivered.
   */
  recreateState(thread: Thread, info: SignalInfo): void {
    this.fragments!.inside.recreateState(thread);
    this.#signals.sendHeldAgain(thread);
    setSignalInfo(thread.tid, info);
  }

  requireClaimed = ({ tid }: Thread, info: SignalInfo): void =>
    requireClaimed(this.#memory.code, tid, info);

  /** What the engines have done, for a report. */
  get figures(): string {
    const { fragments, reference, stops } = this;
    const inside = fragments && { ...fragments.translator.stats, ...fragments.stats };
    return JSON.stringify({ stops: stops.count, reference: reference.stats, fragments: inside });
  }

  /** Records what a stopped thread has logged in fragments. */
  drain(thread: Thread): void {
    this.fragments?.inside.drain(thread);
  }

  /** Records what all threads have logged in fragments. `thread` is stopped. */
  drainAll(thread: Thread): void {
    this.#sync.drainAll(thread);
  }

  /** A fault of the guard's that is past: the access is to be made again. */
  isPast({ tid }: Thread, fault: SignalInfo): boolean {
    return this.#repeated.isPast(tid, fault);
  }

  /** The execve(2) of `thread` has succeeded. */
  execed(thread: Thread): void {
    this.#syscalls.execed(thread);
  }

  /** Handles a syscall stop and runs the thread on. */
  syscall(thread: Thread): void {
    if (this.threads.mustWait(thread) && syscallStop(thread.tid).phase === "entry") {
      return this.threads.later(thread, () => this.syscall(thread));
    }
    if (!thread.inSyscall) this.#signals.sendHeldBack(thread);
    const isFromFragment = this.fragments?.inside.isPending(thread) ?? false;
    this.fragments?.inside.drain(thread);
    const exited = this.#syscalls.stopped(thread);
    if (exited !== null) this.#signalState.syscallExited(thread, exited);
    if (exited !== null && thread.stopped) this.fragments?.syscallExited(thread, exited);
    if (exited === null) {
      this.#syscallFromFragment.set(thread, isFromFragment);
      this.#calls.syscallEntered(thread);
    } else if (this.#syscallFromFragment.get(thread) && thread.stopped)
      this.fragments?.enterBehindSyscall(thread);
    this.#signals.sendHeldAgain(thread);
    if (!thread.stopped) return;
    if (exited === null && !isFromFragment && this.#isEndingCall(thread)) {
      this.threads.resumeToSignal(thread);
    } else this.threads.resume(thread);
  }

  /** The thread is in the tgkill(2) that raises SIGUSR1, which stops it right behind the call. */
  #isEndingCall(thread: Thread): boolean {
    if (thread !== this.#caller || !this.#syscalls.isRaising(thread, this.pid, SIGUSR1)) {
      return false;
    }
    return (signalMask(thread.tid) & signalBit(SIGUSR1)) === 0n;
  }

  deliver(thread: Thread, signal: SignalNumber, dispositions: SignalDispositions): void {
    this.drain(thread); // the signal's frame comes behind it
    this.#signals.deliver(thread, signal, dispositions);
  }

  /** A new thread, at its first stop. `parent`: null if gone. */
  adopt(thread: Thread, parent: Thread | null): void {
    if (parent) this.#syscalls.born(thread.tid, parent);
    if (thread.watched) this.#signalState.note(thread);
  }

  /** A thread is at its exit stop. */
  exiting(thread: Thread): void {
    this.drain(thread);
    if (thread.watched) this.#syscalls.exiting(thread);
  }

  /** The last thread is at its exit, or gone: what it has begun is recorded as far as it is known. */
  ending(): void {
    this.#syscalls.asyncIo.releasing();
  }

  /** A thread has ended. */
  forget(tid: Tid): void {
    this.#signalState.forget(tid);
    this.fragments?.forget(tid);
    this.#repeated.forget(tid);
    this.#syscalls.forget(tid);
    this.#entered.forget(tid);
  }

  /** Gives a forked child, not yet run, the memory it would have untraced. `parent`: null if gone. */
  releaseForkedChild(child: Pid, parent: Thread | null): void {
    if (parent) this.#syscalls.born(child as number as Tid, parent);
    this.#memory.releaseForkedChild(child, parent?.tid ?? (this.pid as number as Tid));
  }

  /** A stopped task goes on without us: it is to find memory and registers as they would be untraced. */
  release(thread: Thread): void {
    if (this.isInFragment(thread)) this.fragments!.inside.recreateState(thread);
    this.#memory.releaseForkedChild(thread.tid as number as Pid, thread.tid);
  }

  close(): void {
    this.#signalState.close();
    this.fragments?.close();
    this.#memory.close();
  }
}
