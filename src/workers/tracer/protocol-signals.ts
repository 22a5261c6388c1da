import type { AddressSpace } from "../../engine/address-space.js";
import type { LibraryFunction } from "../../engine/entered-functions.js";
import type { BackedHeap } from "../../guard/forked-memory.js";
import type { Tid, TraceeAddress } from "../../model/index.js";
import { isFromSelf, isMarked, isRaised } from "../../native/mark.js";
import { readMapsText } from "../../native/memory/maps.js";
import { TraceeUnreadable } from "../../native/proc-file.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import { SIGSTOP, SIGUSR1 } from "../../native/ptrace/signals.js";
import type { Thread } from "../../threads/thread-table.js";
import { CallTrace } from "./call-trace.js";
import type { LeaseHolder } from "./lease-holder.js";
import { MapsText } from "./maps-text.js";
import type { Death, HeapCommand, LaunchedChild, TracerCommand } from "./messages.js";
import type { StopSpinner } from "./stop-spinner.js";
import type { TracerPort } from "./tracer-port.js";

type Arm = Extract<TracerCommand, { type: "arm" }>;

/**
 * Tells the protocol's SIGSTOP and SIGUSR1 from the program's own, and runs the calls that they
 * begin and end. Whether one was due is the session's word: an `arm` that waits in the port.
 */
export class ProtocolSignals {
  #ready = false;
  /** The tracee marks its signals: an unmarked one is the program's own. */
  #marked = false;
  #armed: Arm | null = null;
  #call: CallTrace | null = null;
  #text = new MapsText();
  /** Threads that there were at the start-up SIGSTOP: of the program, and no library's. */
  #first = new WeakSet<Thread>();

  constructor(
    readonly port: TracerPort,
    readonly line: LeaseHolder,
    readonly turns: StopSpinner,
    private engine: AddressSpace,
    private symbols: boolean,
  ) {}

  /** True when the signal was the protocol's and has been answered; else it is to be delivered. */
  answer(thread: Thread, info: SignalInfo): boolean {
    if (info.signal === SIGSTOP) return this.#stop(thread, info);
    if (info.signal === SIGUSR1) return this.#end(thread, info);
    return false;
  }

  /** The start-up SIGSTOP has come. */
  get isReady(): boolean {
    return this.#ready;
  }

  /** The thread whose call runs, and its stack pointer when that began. */
  get caller(): { readonly tid: Tid; readonly stackPointer: number } | null {
    const call = this.#call;
    return call && { tid: call.thread.tid, stackPointer: call.stackPointer };
  }

  takeCommands(): void {
    for (const command of this.port.commands()) {
      if (command.type === "arm") this.arm(command);
      else if (command.type === "disarm") this.#armed = null;
      else if (command.type === "heap") this.engine.addHeap(heapOf(command));
      else if (command.type === "functions") {
        this.engine.noteFunctions(command.functions as readonly LibraryFunction[]);
      } else if (command.type === "named") this.symbols = true;
      else this.#marked = true;
    }
  }

  /** A call may start. */
  arm(command: Arm): void {
    this.#armed = command;
  }

  /** An execve: the old memory is gone, and so is what a call was tracing. */
  newAddressSpace(engine: AddressSpace): void {
    this.engine = engine;
    this.#call = null;
    this.#text = new MapsText();
  }

  /** Hands on what a call that will not end has recorded. */
  execed(): void {
    this.engine.events.flush();
    if (this.#ready) this.port.post({ type: "execed" });
  }

  /** The last thread is at its exit, and nothing of the process is torn down; or it is gone. */
  processExiting(thread: Thread, death: Death | null, gone: boolean): void {
    this.engine.ending();
    this.engine.events.flush();
    const call = this.#call;
    this.line.giveBack();
    this.port.postAndWait({
      type: "exiting",
      ...(gone && { gone }),
      maps: death?.maps ?? this.#maps(thread, "all") ?? "",
      crash: death?.site ?? null,
      stats: call?.stats() ?? null,
      durationMs: call?.durationMs ?? null,
    });
  }

  #stop(thread: Thread, info: SignalInfo): boolean {
    if (!this.#ready) return isFromSelf(info, this.engine.pid) && this.startUp(thread);
    this.takeCommands();
    const ours = this.#marked ? isMarked(info, this.engine.pid) : isFromSelf(info, this.engine.pid);
    if (!ours || (this.#call !== null && !this.#marked)) return false;
    if (this.#armed === null || this.#call !== null) {
      this.#unexpected("SIGSTOP");
      return true; // it stays stopped: the session ends it
    }
    const arm = this.#armed;
    this.#armed = null;
    this.engine.stops.idle = null; // from here on the tracee waits for whatever else is done
    this.engine.drainAll(thread);
    this.engine.events.flush(); // accesses from before the call belong to none
    this.#call = new CallTrace(arm, thread, this.engine);
    this.line.running(thread.tid);
    const maps = this.#maps(thread, this.#mayHaveMapped(arm) ? "changed" : "watched");
    this.port.post({ type: "tracing", call: arm.call, tid: thread.tid, maps });
    this.engine.threads.resume(thread);
    return true;
  }

  /**
   * Code of files may have been mapped or unmapped since the last call. Between the calls of the built-in
   * host it does nothing of that kind, unless it is told to, or a library has left a thread in it.
   */
  #mayHaveMapped({ asked, loaded }: Arm): boolean {
    if (!asked || loaded) return true;
    for (const thread of this.engine.threads) if (!this.#first.has(thread)) return true;
    return false;
  }

  /**
   * Null: as they were reported last. `changed`: where they are not. `watched`: all that has changed them
   * since was seen. Empty also where the thread is gone already, or its process does not let us look: then
   * code has no names. Of a call that this keeps us from tracing, the page request says so.
   */
  #maps({ tid }: Thread, which: "all" | "changed" | "watched"): string | null {
    if (!this.symbols) return "";
    const { mappings } = this.engine.code;
    try {
      if (which === "all") return readMapsText(tid);
      return which === "watched"
        ? this.#text.readWatched(tid, mappings)
        : this.#text.read(tid, mappings);
    } catch (error) {
      if (error instanceof TraceeUnreadable) return "";
      throw error;
    }
  }

  /** `child`: where it is not the program that was started. */
  startUp(thread: Thread, child?: LaunchedChild): true {
    this.#ready = true;
    this.#first = new WeakSet(this.engine.threads);
    this.port.postAndWait({ type: "ready", ...(child && { child }) });
    this.engine.threads.resume(thread);
    return true;
  }

  #end(thread: Thread, info: SignalInfo): boolean {
    if (!this.#marked) this.takeCommands(); // that it marks its signals may have been said meanwhile
    const ours = this.#marked ? isMarked(info, this.engine.pid) : isRaised(info, this.engine.pid);
    if (!ours) return false;
    const call = this.#call;
    if (call === null) {
      this.#unexpected("SIGUSR1");
      return true;
    }
    if (call.thread !== thread || this.engine.guard.closedByClient) return false;
    if (call.asked) this.port.cork(); // what a short call has to say is one message
    const { durationMs } = call;
    const isWatched = thread.watched;
    this.#call = null;
    this.engine.drainAll(thread);
    this.engine.releaseCall(thread);
    this.engine.events.flush();
    const maps = this.#maps(thread, isWatched ? "watched" : "changed");
    const ended = (delivered: boolean) => {
      const stats = call.stats();
      return { type: "callEnded" as const, call: call.call, delivered, durationMs, stats, maps };
    };
    if (call.asked && this.line.isSilent()) {
      this.port.post(ended(true));
      this.port.uncork();
      this.turns.expectCall(thread.tid);
      this.engine.threads.resume(thread);
      return true;
    }
    this.turns.cpu.release();
    if (this.line.deliver()) {
      this.engine.threads.resume(thread);
      this.port.post(ended(true));
      this.port.uncorkInTime();
      return true;
    }
    this.line.giveBack();
    if (call.thenLease) this.line.wantLease();
    this.port.postAndWait(ended(false));
    this.engine.threads.resume(thread);
    if (call.thenLease) this.line.awaitLease(thread.tid);
    return true;
  }

  #unexpected(signal: "SIGSTOP" | "SIGUSR1"): void {
    this.line.giveBack();
    this.port.postAndWait({ type: "unexpectedSignal", signal });
  }
}

/** Addresses cross threads as plain numbers. */
function heapOf({ fd, guarded, backdoor, size }: HeapCommand): BackedHeap {
  return { fd, size, guarded: guarded as TraceeAddress, backdoor: backdoor as TraceeAddress };
}
