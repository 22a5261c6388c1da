import { FragmentEngine } from "../fragments/run/fragment-engine.js";
import type { FragmentFault } from "../fragments/run/fragment-fault.js";
import { type BackedHeap, releaseForkedChild } from "../guard/forked-memory.js";
import { Guard, type ProtectedRange } from "../guard/guard.js";
import { Protector } from "../guard/protector.js";
import { Views } from "../guard/views.js";
import { SyscallWatch } from "../kernel/watch.js";
import type { EventBuffer } from "../model/event-buffer.js";
import type { Pid, Tid } from "../model/index.js";
import { canRunFragments } from "../native/cpuid.js";
import { setSignalInfo, signalMask } from "../native/ptrace/ptrace.js";
import type { RegisterFile } from "../native/ptrace/registers.js";
import type { SignalInfo } from "../native/ptrace/siginfo.js";
import { signalBit } from "../native/ptrace/signal-action.js";
import { SIGUSR1, type SignalNumber } from "../native/ptrace/signals.js";
import type { StopQueue } from "../native/ptrace/stops.js";
import { RemoteCode } from "../native/remote/remote-code.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";
import { decodeInstruction } from "../x86/decode/index.js";
import { InstructionCache } from "../x86/decode/instruction-cache.js";
import { decodePlain } from "../x86/encoding/decode-plain.js";
import { CallGuard } from "./call-guard.js";
import { MappingObserver } from "./mapping-observer.js";
import { ReferenceEngine } from "./reference.js";
import { SignalDelivery } from "./signals/signal-delivery.js";
import { SignalFrame } from "./signals/signal-frame.js";
import { SignalState } from "./signals/signal-state.js";
import { ThreadSync } from "./thread-sync.js";

/** Everything that serves accesses, for one address space of the tracee: an execve ends it. */
export class AddressSpace {
  readonly guard = new Guard();
  readonly reference: ReferenceEngine;
  /** Null where the reference engine is to serve all. */
  readonly fragments: FragmentEngine | null;
  readonly #code: RemoteCode;
  readonly #protector: Protector;
  readonly #views: Views;
  readonly #signalState: SignalState;
  readonly #syscalls: SyscallWatch;
  readonly #signals: SignalDelivery;
  readonly #sync: ThreadSync | null;
  readonly #calls: CallGuard;
  readonly #heaps: BackedHeap[] = [];
  /** The thread whose call runs. */
  #caller: Thread | null = null;
  /** After which of the guard's openings each thread was last made to repeat an access. */
  readonly #madeAgain = new Map<Tid, number>();
  /** Whether fragments have led to the syscall that a thread is in. */
  readonly #led = new WeakMap<Thread, boolean>();

  constructor(
    readonly pid: Pid,
    readonly stops: StopQueue,
    readonly threads: ThreadTable,
    engine: "auto" | "reference",
    readonly events: EventBuffer,
  ) {
    this.#code = new RemoteCode(pid, stops);
    this.#views = new Views(this.#code);
    this.#protector = new Protector(this.#code, this.#views);
    this.#signalState = new SignalState(this.#code);
    const runsFragments = engine === "auto" && canRunFragments();
    // The oracle that fragments are held to does not go by their tables.
    const instructions = new InstructionCache(
      this.#code.memory,
      (bytes, ip) =>
        (runsFragments ? decodePlain(bytes, ip) : null) ?? decodeInstruction(bytes, ip),
    );
    this.reference = new ReferenceEngine(
      this.#code,
      threads,
      this.guard,
      this.#protector,
      this.events,
      this.#signalState,
      instructions,
    );
    const stopOthers = (thread: Thread) =>
      this.#sync ? this.#sync.stopOutside(thread) : threads.freeze(thread);
    this.fragments = runsFragments
      ? new FragmentEngine(
          this.#code,
          this.guard,
          instructions,
          this.events,
          this.#views,
          this.#protector,
          (thread) => {
            const frozen = stopOthers(thread);
            return () => threads.thaw(frozen);
          },
        )
      : null;
    this.#sync = this.fragments && new ThreadSync(stops, threads, this.fragments);
    const mappings = new MappingObserver(
      this.#code,
      threads,
      this.guard,
      this.#protector,
      this.#views,
      this.fragments,
      stopOthers,
    );
    this.#syscalls = new SyscallWatch(
      this.#code,
      threads,
      this.guard,
      this.#protector,
      this.events,
      mappings,
    );
    const frame = new SignalFrame(
      this.#code,
      threads,
      this.guard,
      this.#protector,
      this.#signalState,
      this.events,
      stopOthers,
    );
    this.#signals = new SignalDelivery(pid, this.#code, stops, threads, this.#signalState, frame);
    this.#calls = new CallGuard(
      this.#code,
      threads,
      this.guard,
      this.#protector,
      this.#views,
      this.#signalState,
      this.#syscalls,
      stopOthers,
    );
  }

  addHeap(heap: BackedHeap): void {
    this.guard.addHeap(heap);
    this.#heaps.push(heap);
  }

  /** Guards a plain client's pages, and has the syscalls of all threads watched. */
  guardCall(thread: Thread, ranges: readonly ProtectedRange[]): void {
    this.#caller = thread;
    this.fragments?.callBegins();
    this.#calls.close(thread, ranges);
    this.#signals.sendHeldAgain(thread);
  }

  releaseCall(thread: Thread): void {
    this.#caller = null;
    this.#calls.open(thread);
    this.#signals.sendHeldAgain(thread);
  }

  /** The fault is the guard's: {@link serve} it. */
  guards(fault: SignalInfo): boolean {
    return fault.isFault && this.guard.covers(fault.faultAddress);
  }

  /**
   * Serves a fault on guarded memory. Returns the signal to deliver from this stop, if any: what the
   * instruction raised by itself, or what arrived meanwhile.
   */
  serve(thread: Thread, fault: SignalInfo): SignalInfo | null {
    if (this.fragments?.enterAtFault(thread)) {
      this.#signalState.repair(thread.tid);
      this.#signals.sendHeldAgain(thread);
      return null;
    }
    return this.serveByReference(thread, fault);
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

  /** A stopped thread is in a fragment. */
  isInFragment(thread: Thread): boolean {
    return this.fragments?.isInside(thread) ?? false;
  }

  /**
   * A thread has stopped in a fragment at a signal that its instruction has raised. Null where it runs on.
   */
  fragmentFaulted(thread: Thread, info: SignalInfo): FragmentFault | null {
    return this.fragments!.faulted(thread, info, () => {
      this.#signalState.repair(thread.tid);
      this.#signals.sendHeldAgain(thread);
      this.threads.resume(thread);
    });
  }

  /** Brings a thread that was stopped in a fragment by `info` to where the program can be given it. */
  recreateState(thread: Thread, info: SignalInfo): void {
    this.fragments!.recreateState(thread);
    this.#signals.sendHeldAgain(thread);
    setSignalInfo(thread.tid, info);
  }

  /** Hands on what a stopped thread has done in fragments. */
  drain(thread: Thread): void {
    this.fragments?.drain(thread);
  }

  /** Hands on what all threads have done in fragments. `thread` is stopped. */
  drainAll(thread: Thread): void {
    this.#sync?.drainAll(thread);
  }

  /**
   * The page was guarded when it was accessed, and is open by now: another thread has ended the call
   * or opened its page, before this stop was looked at. The access is to be made again; once for each
   * opening, for a fault of the program's own looks the same.
   */
  isPast(thread: Thread, fault: SignalInfo): boolean {
    if (!fault.isFault || !this.guard.hasOpened(fault.faultAddress)) return false;
    if (this.#madeAgain.get(thread.tid) === this.guard.openings) return false;
    this.#madeAgain.set(thread.tid, this.guard.openings);
    return true;
  }

  /** The call of `thread` that made it another program has ended well. */
  execed(thread: Thread): void {
    this.#syscalls.execed(thread);
  }

  /** Handles a syscall stop and runs the thread on. */
  syscall(thread: Thread): void {
    const isFromFragment = this.fragments?.isPending(thread) ?? false;
    this.fragments?.drain(thread);
    const exited = this.#syscalls.stopped(thread);
    if (exited !== null) this.#signalState.syscallExited(thread, exited);
    if (exited === null) this.#led.set(thread, isFromFragment);
    else if (this.#led.get(thread) && thread.stopped) this.fragments?.enterBehindSyscall(thread);
    this.#signals.sendHeldAgain(thread);
    if (!thread.stopped) return;
    if (exited === null && !isFromFragment && this.#isEndingCall(thread)) {
      this.threads.resumeToSignal(thread);
    } else this.threads.resume(thread);
  }

  /** It is in the syscall that raises the end of its call: the signal stops it, right behind. */
  #isEndingCall(thread: Thread): boolean {
    if (thread !== this.#caller || !this.#syscalls.isRaising(thread, this.pid, SIGUSR1)) {
      return false;
    }
    return (signalMask(thread.tid) & signalBit(SIGUSR1)) === 0n;
  }

  /** Runs a thread on with a signal. */
  deliver(thread: Thread, signal: SignalNumber): void {
    this.drain(thread); // the signal's frame comes behind it
    this.#signals.deliver(thread, signal);
  }

  /** A new thread, at its first stop. */
  adopt(thread: Thread, parent: Thread): void {
    this.#syscalls.born(thread.tid, parent);
    if (thread.watched) this.#signalState.note(thread);
  }

  /** A thread has ended. */
  forget(tid: Tid): void {
    this.#signalState.forget(tid);
    this.fragments?.forget(tid);
    this.#madeAgain.delete(tid);
    this.#syscalls.forget(tid);
  }

  /** Gives a forked child, not yet run, the memory it would have untraced. */
  releaseForkedChild(child: Pid, parent: Thread): void {
    this.#syscalls.born(child as number as Tid, parent);
    releaseForkedChild(child, this.stops, this.guard, this.#heaps, this.#views);
  }

  close(): void {
    this.#signalState.close();
    this.#code.close();
  }
}
