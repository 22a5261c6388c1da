import type { Guard } from "../../guard/guard.js";
import type { Protector } from "../../guard/protector.js";
import { ViewDistance } from "../../guard/view-distance.js";
import type { Views } from "../../guard/views.js";
import type { EventBuffer } from "../../model/event-buffer.js";
import type { Tid } from "../../model/index.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import type { RemoteCode } from "../../native/remote/remote-code.js";
import type { Thread } from "../../threads/thread-table.js";
import type { InstructionCache } from "../../x86/decode/instruction-cache.js";
import { PageTable } from "../cache/page-table.js";
import { FragmentLog } from "../log/fragment-log.js";
import { LogDrain } from "../log/log-drain.js";
import { LogReader } from "../log/log-reader.js";
import { CodeSource } from "../translate/code-source.js";
import { OperandModes } from "../translate/operand-modes.js";
import { Translator } from "../translate/translator.js";
import { BranchMisses } from "./branch-misses.js";
import { FragmentEntry } from "./fragment-entry.js";
import { FragmentExit } from "./fragment-exit.js";
import { type FragmentFault, FragmentFaults } from "./fragment-fault.js";
import { FragmentStats } from "./fragment-stats.js";
import { FragmentStep } from "./fragment-step.js";
import { FragmentThreads } from "./fragment-threads.js";
import { MappingCheck } from "./mapping-check.js";
import { OperandChange } from "./operand-change.js";
import { StateRecreation } from "./recreate-state.js";
import { StringRuns } from "./string-run.js";

/**
 * Runs the program's code as fragments: copies in which memory operands that point to traced memory
 * are moved to its other view, and their addresses are logged. A thread comes in at a fault on the
 * guard, and stays until it gets to what is not translated.
 *
 * Leaving is always safe, for the program's code is never changed.
 */
export class FragmentEngine {
  readonly stats = new FragmentStats();
  readonly translator: Translator;
  readonly #threads: FragmentThreads;
  readonly #source: CodeSource;
  readonly #modes: OperandModes;
  readonly #distance: ViewDistance;
  readonly #mappings: MappingCheck;
  readonly #drain: LogDrain;
  readonly #entry: FragmentEntry;
  readonly #faults: FragmentFaults;
  readonly #recreation: StateRecreation;

  constructor(
    code: RemoteCode,
    guard: Guard,
    instructions: InstructionCache,
    events: EventBuffer,
    views: Views,
    protector: Protector,
    /** Stops all threads but this one, outside of fragments; returns what runs them on. */
    stopOthers: (thread: Thread) => () => void,
  ) {
    const reader = new LogReader(guard, events);
    const log = new FragmentLog(code.memory, reader);
    const pageTable = new PageTable(code, guard);
    this.#threads = new FragmentThreads(code);
    this.#source = new CodeSource(code);
    this.#modes = new OperandModes(guard);
    this.#distance = new ViewDistance(code, guard, views, protector);
    this.#mappings = new MappingCheck(code.mappings, guard, this.#source, this.#modes, (thread) => {
      const runOthersOn = stopOthers(thread);
      this.drain(thread);
      this.clear();
      runOthersOn();
    });
    this.translator = new Translator(code, this.#source, this.#modes, pageTable, reader);
    this.#drain = new LogDrain(log);
    this.#entry = new FragmentEntry(
      this.#threads,
      this.translator,
      this.#modes,
      pageTable,
      this.#distance,
      this.#mappings,
      log,
      this.stats,
    );
    const runs = new StringRuns(code, guard, instructions, events, log);
    const exit = new FragmentExit(runs);
    const operands = new OperandChange(guard, instructions, this.#modes, this.translator);
    const misses = new BranchMisses(this.translator, this.#mappings);
    this.#faults = new FragmentFaults(log, this.#entry, exit, operands, misses, this.stats);
    this.#recreation = new StateRecreation(
      code,
      exit,
      new FragmentStep(code, log),
      runs,
      this.#drain,
    );
  }

  /** The mappings may have changed since the engine last looked. */
  mappingsChanged(): void {
    this.#mappings.mappingsChanged();
    this.#distance.mappingsChanged();
  }

  /** A call begins: where a thread has left fragments in the last one leads out of that. */
  callBegins(): void {
    this.mappingsChanged();
    this.stats.callBegins();
    this.#threads.forgetExits();
  }

  /** A plain client's pages are not moved any more, until the next call. */
  stayInPlace(): void {
    this.#distance.stayInPlace();
  }

  /** A stopped thread is in a fragment. */
  isInside({ tid }: Thread): boolean {
    return this.#threads.inside(tid) !== null;
  }

  /** A thread has run fragments since it was last taken out. */
  isPending({ tid }: Thread): boolean {
    return this.#threads.get(tid)?.pending === true;
  }

  /** A thread may have logged what is not read. */
  isUnread({ tid }: Thread): boolean {
    const thread = this.#threads.get(tid);
    return thread !== undefined && (thread.pending || thread.cache.log.hasUnread);
  }

  /**
   * Takes a thread in that is stopped at a fault on the guard, at the program's own instruction. False
   * where the reference engine is to serve it, once the thread's log is read: see {@link drain}.
   */
  enterAtFault(thread: Thread): boolean {
    const known = this.#threads.get(thread.tid);
    if (known) this.#drain.leave(known);
    return this.#entry.atFault(thread);
  }

  /** Takes a thread in that goes on behind an instruction that the reference engine has run. */
  enterBehind(thread: Thread): void {
    this.#entry.behind(thread);
  }

  /** As {@link enterBehind}, at the exit of a syscall that a fragment has led to. */
  enterBehindSyscall(thread: Thread): void {
    this.#entry.behindSyscall(thread);
  }

  /** Reads what a stopped thread has logged so far, wherever it is, and leaves it there. */
  drainInside({ tid }: Thread): void {
    this.#drain.inside(this.#threads.get(tid)!);
  }

  /** Reads the log of a stopped thread that is not in a fragment, or at its exit. */
  drain({ tid }: Thread): void {
    const thread = this.#threads.get(tid);
    if (thread) this.#drain.outside(thread);
  }

  /** A thread has ended. */
  forget(tid: Tid): void {
    this.#threads.forget(tid);
  }

  /**
   * A thread is stopped in a fragment at a signal that its instruction has raised. Null where it is
   * nothing that the program would see: `resume` has run the thread on.
   */
  faulted(thread: Thread, info: SignalInfo, resume: () => void): FragmentFault | null {
    return this.#faults.faulted(thread, this.#threads.get(thread.tid)!, info, resume);
  }

  /**
   * Brings a thread that a signal has stopped in a fragment to an instruction of the program, with its
   * registers as the program would have them there.
   */
  recreateState(thread: Thread): void {
    this.#recreation.recreateState(this.#threads.get(thread.tid)!);
    this.drain(thread);
  }

  /** Some translated code may come from `[start, end)`. */
  covers(start: number, end: number): boolean {
    return !this.#threads.isEmpty && this.#source.covers(start, end);
  }

  /** All code is forgotten: the program's has changed. No thread may be in a fragment, or have a log. */
  clear(): void {
    for (const cache of this.#threads.caches()) this.translator.clear(cache);
    this.#entry.clear();
    this.#modes.clear();
    this.#mappings.mappingsChanged();
  }
}
