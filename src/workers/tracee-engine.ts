import { EventBuffer } from "../engine/event-buffer.js";
import { type BackedHeap, releaseForkedChild } from "../engine/fork.js";
import { FragmentEngine } from "../engine/fragments/fragment-engine.js";
import type { FragmentFault } from "../engine/fragments/fragment-fault.js";
import { Guard, type ProtectedRange } from "../engine/guard.js";
import { Protector } from "../engine/protector.js";
import { ReferenceEngine } from "../engine/reference.js";
import { SignalShadow } from "../engine/signal-shadow.js";
import {
  changesCode,
  closesMemory,
  movesMapping,
  replacesMapping,
} from "../engine/syscalls/mapping-changes.js";
import { behindReentry } from "../engine/syscalls/reentry.js";
import { SyscallWatch } from "../engine/syscalls/watch.js";
import type { Thread, ThreadTable } from "../engine/threads.js";
import { Views } from "../engine/views.js";
import type { AccessBatch, Pid, Tid, TraceeAddress } from "../model/index.js";
import {
  canRunFragments,
  type RegisterFile,
  RemoteCode,
  resume,
  SIGTRAP,
  type SignalInfo,
  type SignalNumber,
  type StopQueue,
  type StopReason,
  type SyscallEntry,
  sendAgain,
  setSignalInfo,
  signalBit,
  signalDispositions,
  signalInfo,
  ThreadGone,
} from "../native/index.js";
import type { HeapCommand } from "./messages.js";

/** Everything that serves accesses, for one address space of the tracee: an execve ends it. */
export class TraceeEngine {
  readonly guard = new Guard();
  readonly events: EventBuffer;
  readonly reference: ReferenceEngine;
  /** Null where the reference engine is to serve all. */
  readonly fragments: FragmentEngine | null;
  readonly #code: RemoteCode;
  readonly #protector: Protector;
  readonly #views: Views;
  readonly #shadow: SignalShadow;
  readonly #syscalls: SyscallWatch;
  readonly #heaps: BackedHeap[] = [];
  /** After which of the guard's openings each thread was last made to repeat an access. */
  readonly #madeAgain = new Map<Tid, number>();
  /** Whether fragments have led to the syscall that a thread is in. */
  readonly #led = new WeakMap<Thread, boolean>();

  constructor(
    readonly pid: Pid,
    readonly stops: StopQueue,
    readonly threads: ThreadTable,
    engine: "auto" | "reference",
    post: (batch: AccessBatch) => void,
  ) {
    this.events = new EventBuffer(post);
    this.#code = new RemoteCode(pid, stops);
    this.#views = new Views(this.#code);
    this.#protector = new Protector(this.#code, this.#views);
    this.#shadow = new SignalShadow(this.#code);
    this.reference = new ReferenceEngine(
      this.#code,
      threads,
      this.guard,
      this.#protector,
      this.events,
      this.#shadow,
    );
    this.#syscalls = new SyscallWatch(
      this.#code,
      threads,
      this.guard,
      this.#protector,
      this.events,
      {
        changing: (caller, entry) => this.#mapping(caller, entry),
        changed: (caller, entry) => this.#mapped(caller, entry),
      },
    );
    const { instructions } = this.reference;
    this.fragments =
      engine === "auto" && canRunFragments()
        ? new FragmentEngine(
            this.#code,
            this.guard,
            instructions,
            this.events,
            this.#views,
            this.#protector,
            (thread) => {
              const frozen = this.#evict(thread);
              return () => this.threads.thaw(frozen);
            },
          )
        : null;
  }

  addHeap({ fd, guarded, backdoor, size }: HeapCommand): void {
    const heap = {
      fd,
      size,
      guarded: guarded as TraceeAddress,
      backdoor: backdoor as TraceeAddress,
    };
    this.guard.addHeap(heap);
    this.#heaps.push(heap);
  }

  /** Guards a plain client's pages, and has the syscalls of all threads watched. */
  guardCall(thread: Thread, ranges: readonly ProtectedRange[]): void {
    this.fragments?.callBegins();
    const close = this.guard.arm(ranges);
    if (this.guard.isEmpty) return;
    // A thread that is in a syscall is to make it again, or the pages go from under it.
    const frozen = close.length > 0 ? this.threads.freeze(thread) : [];
    this.#shadow.note(thread); // before the guard is put up: its traps reset an ignored SIGTRAP
    for (const other of frozen) {
      this.#shadow.note(other);
      this.#syscalls.makeAnew(other);
    }
    if (close.length > 0) {
      this.#code.borrow(thread.tid, () => {
        this.#protector.close(thread.tid, close);
        this.#shadow.restoreActions(thread.tid);
      });
    }
    thread.watched = true;
    this.threads.watch(thread, (other) => this.#shadow.note(other));
    this.threads.thaw(frozen);
    this.#sendHeldAgain(thread);
  }

  releaseCall(thread: Thread): void {
    thread.watched = false;
    const frozen = this.#views.isEmpty ? [] : this.#evict(thread);
    const open = this.guard.disarm();
    if (open.length === 0 && this.#views.isEmpty) return;
    this.#code.borrow(thread.tid, () => {
      this.#protector.open(thread.tid, open);
      this.#views.giveBack(thread.tid);
      this.#shadow.restoreActions(thread.tid);
    });
    this.threads.thaw(frozen);
    this.#sendHeldAgain(thread);
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
      this.#shadow.repair(thread.tid);
      this.#sendHeldAgain(thread);
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
    const next = this.#serveByReference(thread, fault, begun);
    if (next === null) this.fragments?.enterBehind(thread);
    return next;
  }

  #serveByReference(
    thread: Thread,
    fault: SignalInfo,
    begun: RegisterFile | null,
  ): SignalInfo | null {
    const raised = this.reference.serve(thread, fault, begun);
    const [first, ...others] = [...(raised ? [raised] : []), ...this.#code.takeHeld()];
    for (const info of others) sendAgain(this.pid, thread.tid, info);
    if (first) setSignalInfo(thread.tid, first);
    return first ?? null;
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
      this.#shadow.repair(thread.tid);
      this.#sendHeldAgain(thread);
      this.threads.resume(thread);
    });
  }

  /** Brings a thread that was stopped in a fragment by `info` to where the program can be given it. */
  settle(thread: Thread, info: SignalInfo): void {
    this.fragments!.settle(thread);
    this.#sendHeldAgain(thread);
    setSignalInfo(thread.tid, info);
  }

  /** Hands on what a stopped thread has done in fragments. */
  drain(thread: Thread): void {
    this.fragments?.drain(thread);
  }

  /** Hands on what all threads have done in fragments. `thread` is stopped. */
  drainAll(thread: Thread): void {
    const { fragments } = this;
    if (!fragments) return;
    fragments.drain(thread);
    const others = [...this.threads].filter(
      (other) => other !== thread && fragments.isPending(other),
    );
    if (others.length === 0) return;
    const frozen = this.threads.freeze(thread);
    for (const other of others) fragments.drainInside(other);
    this.threads.thaw(frozen);
  }

  /** Stops all other threads, and brings those out of fragments that are in some; returns whom to thaw. */
  #evict(thread: Thread): Thread[] {
    const frozen = this.threads.freeze(thread);
    for (const other of this.threads) {
      if (other === thread || !this.fragments?.isPending(other)) continue;
      if (!this.fragments.isInside(other)) this.fragments.drain(other);
      else if (this.#settleKept(this.fragments, other)) frozen.push(other);
    }
    return frozen;
  }

  /**
   * Brings a thread out of its fragment that may have a stop which nobody has looked at yet. True where
   * that stop is void and the thread is to be run on: its instruction will raise the signal again.
   */
  #settleKept(fragments: FragmentEngine, thread: Thread): boolean {
    const { tid } = thread;
    const stop = this.#keptStop(thread);
    if (stop === "exiting") {
      fragments.drain(thread);
      return false;
    }
    const info = stop?.kind === "signal" ? signalInfo(tid) : null;
    fragments.settle(thread);
    if (info?.isSynchronous) {
      thread.stopped = true;
      return true;
    }
    if (info) setSignalInfo(tid, info);
    if (stop) this.stops.keep(stop);
    return false;
  }

  #keptStop({ tid }: Thread): StopReason | null | "exiting" {
    if (!this.stops.holds(tid)) return null;
    try {
      return this.stops.of(tid);
    } catch (error) {
      if (error instanceof ThreadGone) return "exiting";
      throw error;
    }
  }

  /** What of a plain client's guarded pages lies there. */
  #foreignRanges(start: number, length: number): ProtectedRange[] {
    const end = (start + length) as TraceeAddress;
    const ranges = this.guard.rangesToOpen(start as TraceeAddress, end);
    return ranges.filter((range) => this.guard.foreignProtection(range.start) !== null);
  }

  /** A call is about to change mappings: what it is about has to be in its place. */
  #mapping(thread: Thread, { number, args }: SyscallEntry): void {
    const [start, length] = args as [number, number];
    const moved = movesMapping(number!) ? this.#foreignRanges(start, length) : [];
    const isElsewhere = this.#views.keeps(start, start + length) && !closesMemory(number!, args);
    if (!isElsewhere && moved.length === 0) return;
    const frozen = this.#evict(thread);
    if (isElsewhere) this.fragments?.stayInPlace();
    behindReentry(this.#code, thread.tid, number!, () => {
      if (isElsewhere) this.#views.giveBack(thread.tid);
      this.#protector.open(thread.tid, moved); // what it allows goes with it
    });
    this.threads.thaw(frozen);
  }

  /** The program has changed mappings: code that was translated may be another now. */
  #mapped(thread: Thread, { number, args }: SyscallEntry): void {
    const { fragments } = this;
    if (number === null) return;
    const [start, length] = args as [number, number];
    const still = movesMapping(number) ? this.#foreignRanges(start, length) : [];
    if (still.length > 0) {
      this.#code.borrow(thread.tid, () => this.#protector.close(thread.tid, still));
    }
    if (!fragments) return;
    if (changesCode(number, args)) fragments.mappingsChanged();
    if (!replacesMapping(number, args) || !fragments.covers(start, start + length)) return;
    const frozen = this.#evict(thread);
    fragments.clear();
    this.threads.thaw(frozen);
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

  /** Signals that arrived while the guard was put up or taken away. */
  #sendHeldAgain(thread: Thread): void {
    for (const info of this.#code.takeHeld()) sendAgain(this.pid, thread.tid, info);
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
    if (exited !== null) this.#shadow.syscallExited(thread, exited);
    if (exited === null) this.#led.set(thread, isFromFragment);
    else if (this.#led.get(thread) && thread.stopped) this.fragments?.enterBehindSyscall(thread);
    this.#sendHeldAgain(thread);
    if (thread.stopped) this.threads.resume(thread);
  }

  /**
   * Runs a thread on with a signal. Where that starts a handler in a watched thread, it stops at the
   * handler's first instruction, for the handler runs with another mask.
   */
  deliver(thread: Thread, signal: SignalNumber): void {
    const { caught } = signalDispositions(thread.tid);
    if (!thread.watched || !(caught & signalBit(signal))) {
      return this.threads.resume(thread, signal);
    }
    resume(thread.tid, "step", signal);
    const stop = this.stops.of(thread.tid);
    if (stop.kind === "signal" && stop.signal === SIGTRAP) {
      this.#shadow.note(thread);
      this.threads.resume(thread);
    } else {
      this.stops.keep(stop);
    }
  }

  /** A new thread, at its first stop. */
  adopt(thread: Thread, parent: Thread): void {
    this.#syscalls.born(thread.tid, parent);
    if (thread.watched) this.#shadow.note(thread);
  }

  /** A thread has ended. */
  forget(tid: Tid): void {
    this.#shadow.forget(tid);
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
    this.#code.close();
  }
}
