import type { AddressSpace } from "../../engine/address-space.js";
import { setSignalInfo, signalInfo } from "../../native/ptrace/ptrace.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import { signalDispositions } from "../../native/ptrace/signal-action.js";
import { SIGSEGV, SIGSTOP, SIGTRAP, type SignalNumber } from "../../native/ptrace/signals.js";
import type { Thread, ThreadTable } from "../../threads/thread-table.js";
import type { PendingCallbacks } from "./callbacks.js";
import type { CrashWatch } from "./crash-watch.js";
import type { ProtocolSignals } from "./protocol-signals.js";

/** What a signal of a traced process is looked at by; another program, and it is another. */
export interface SignalContext {
  signals(): ProtocolSignals;
  crashes(): CrashWatch;
  spaceOf(thread: Thread): AddressSpace;
  /** Null where the program is not the built-in host. */
  readonly callbacks: PendingCallbacks | null;
}

/** A thread is about to be given a signal: the guard's, the protocol's, or the program's own. */
export class SignalStops {
  constructor(
    readonly threads: ThreadTable,
    private readonly context: SignalContext,
  ) {}

  answer(thread: Thread, signal: SignalNumber): void {
    const info = signalInfo(thread.tid);
    const space = this.context.spaceOf(thread);
    if (space.holdsBack(thread, info)) return this.threads.resume(thread);
    if (space.isInFragment(thread)) return this.#inFragment(thread, space, info);
    if (signal === SIGSEGV) {
      if (this.#guards(thread, space, info)) return this.#served(thread, space.serve(thread, info));
      if (space.isPast(thread, info)) return this.threads.resume(thread);
    }
    const isTrap = signal === SIGTRAP && thread.own && info.isSynchronous;
    if (isTrap && this.context.callbacks?.called(thread)) return space.trapped(thread);
    this.#pass(thread, space, info);
  }

  #inFragment(thread: Thread, space: AddressSpace, info: SignalInfo): void {
    // Nobody sees the registers of a thread that is stopped. And a SIGCONT that comes while its state is
    // recreated would be undone.
    if (info.signal === SIGSTOP) return this.threads.resume(thread, SIGSTOP);
    if (!info.isSynchronous) {
      space.recreateState(thread, info);
      return this.#pass(thread, space, info);
    }
    const seen = space.fragmentFaulted(thread, info);
    if (seen === null) return;
    const { fault, begun } = seen;
    if (begun !== null || (fault.signal === SIGSEGV && space.guards(thread, fault))) {
      return this.#served(thread, space.serveByReference(thread, fault, begun));
    }
    setSignalInfo(thread.tid, fault);
    this.#pass(thread, space, fault);
  }

  /** A heap that was announced meanwhile counts, so the port is looked at before giving up. */
  #guards(thread: Thread, space: AddressSpace, fault: SignalInfo): boolean {
    if (space.guards(thread, fault)) return true;
    this.context.signals().takeCommands();
    return space.guards(thread, fault);
  }

  /** `next`: the signal to deliver from this stop, if any. */
  #served(thread: Thread, next: SignalInfo | null): void {
    if (next === null) this.threads.resume(thread);
    else this.#pass(thread, this.context.spaceOf(thread), next);
  }

  /** A signal that is not the guard's: the protocol's own, or the program's. */
  #pass(thread: Thread, space: AddressSpace, info: SignalInfo): void {
    if (info.isSynchronous) space.requireClaimed(thread, info);
    const signals = this.context.signals();
    if (thread.own && signals.answer(thread, info)) return;
    const { tid } = thread;
    const dispositions = signalDispositions(tid);
    if (thread.own) {
      const { code, guard, pid } = space;
      const scene = { pid, tid, memory: code.memory, guard, caller: signals.caller };
      this.context.crashes().delivering(info, dispositions, scene);
    }
    space.deliver(thread, info.signal, dispositions);
  }
}
