import type { GuardedMemory } from "../../guard/guarded-memory.js";
import { ViewDistance } from "../../guard/view-distance.js";
import type { Tid } from "../../model/index.js";
import { Reg, RegisterFile } from "../../native/ptrace/registers.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import {
  SYS_PWRITE64,
  SYS_PWRITEV,
  SYS_PWRITEV2,
  SYS_SENDFILE,
  SYS_WRITE,
  SYS_WRITEV,
} from "../../native/syscall-numbers.js";
import type { ThreadSync } from "../../threads/thread-sync.js";
import type { Thread } from "../../threads/thread-table.js";
import { PageTable } from "../cache/page-table.js";
import { CodeFiles, isProcessMemory } from "../translate/code-files.js";
import { CodeSource } from "../translate/code-source.js";
import { OperandModes } from "../translate/operand-modes.js";
import { Translator } from "../translate/translator.js";
import { BranchMisses } from "./branch-misses.js";
import { FragmentEntry } from "./fragment-entry.js";
import { type FragmentFault, FragmentFaults } from "./fragment-fault.js";
import { FragmentStats } from "./fragment-stats.js";
import { MappingCheck } from "./mapping-check.js";
import { OperandChange } from "./operand-change.js";
import type { ThreadsInFragments } from "./threads-in-fragments.js";

/** System calls that write to the descriptor which is their first argument, wherever that leads. */
const WRITES: ReadonlySet<number> = new Set([
  SYS_WRITE,
  SYS_PWRITE64,
  SYS_WRITEV,
  SYS_PWRITEV,
  SYS_PWRITEV2,
  SYS_SENDFILE,
]);

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
  readonly #files: CodeFiles;
  readonly #distance: ViewDistance;
  readonly #mappings: MappingCheck;
  readonly #entry: FragmentEntry;
  readonly #faults: FragmentFaults;

  constructor(
    readonly memory: GuardedMemory,
    readonly inside: ThreadsInFragments,
    readonly sync: ThreadSync,
  ) {
    const { code, guard } = memory;
    const { instructions, log } = inside;
    this.#files = new CodeFiles();
    const source = new CodeSource(code, this.#files);
    const modes = new OperandModes(guard);
    const pageTable = new PageTable(code, guard);
    this.translator = new Translator(code, source, modes, pageTable, log.reader);
    this.#distance = new ViewDistance(memory);
    this.#mappings = new MappingCheck(memory, source, modes, (thread) => this.#forgetCode(thread));
    this.#entry = new FragmentEntry(
      inside,
      this.translator,
      this.#distance,
      this.#mappings,
      this.stats,
    );
    const operands = new OperandChange(guard, instructions, this.translator);
    const misses = new BranchMisses(this.translator, this.#mappings);
    this.#faults = new FragmentFaults(inside, this.#entry, operands, misses, this.stats);
  }

  /** The mappings may have changed since the engine last looked. */
  mappingsChanged(): void {
    this.#mappings.mappingsChanged();
    this.#distance.mappingsChanged();
  }

  /** A call begins: exits of the last call, which led out of that, are not to be followed. */
  callBegins(): void {
    this.mappingsChanged();
    this.stats.callBegins();
    this.inside.threads.forgetExits();
  }

  /** Leaves a plain client's pages in their place until the next call. */
  stayInPlace(): void {
    this.#distance.stayInPlace();
  }

  /**
   * Enters fragments with a thread that has faulted on guarded memory at an instruction of the
   * program. False where the reference engine is to serve it, after `ThreadsInFragments.drain`.
   */
  enterAtFault(thread: Thread): boolean {
    this.#files.tid = thread.tid;
    const known = this.inside.threads.get(thread.tid);
    if (known) this.inside.logDrain.leave(known);
    return this.#entry.atFault(thread);
  }

  /**
   * Enters fragments with a thread that goes on behind an instruction that the reference engine has
   * run.
   */
  enterBehind(thread: Thread): void {
    this.#files.tid = thread.tid;
    this.#entry.behind(thread);
  }

  /** As {@link enterBehind}, at the exit of a syscall that the thread came to from fragments. */
  enterBehindSyscall(thread: Thread): void {
    this.#files.tid = thread.tid;
    this.#entry.behindSyscall(thread);
  }

  /**
   * A stopped thread has made a system call, outside of fragments: the program's code may not be what
   * was translated, although its mappings are the same.
   */
  syscallExited(thread: Thread, number: number): void {
    const { source } = this.translator;
    if (this.inside.threads.isEmpty) return;
    const { tid } = thread;
    this.#files.tid = tid;
    if (WRITES.has(number) && isProcessMemory(tid, fileArgument(tid))) {
      this.#forgetCode(thread);
    } else if (source.hasNews()) {
      this.memory.code.mappings.renew(tid);
      if (!source.refresh()) this.#forgetCode(thread);
    }
  }

  /** The process is gone, or another program. */
  close(): void {
    this.#files.close();
  }

  /** A thread has ended. */
  forget(tid: Tid): void {
    this.inside.threads.forget(tid);
  }

  /**
   * A thread is stopped in a fragment at a signal that its instruction has raised. Null where it is
   * nothing that the program would see: `resume` has run the thread on.
   */
  faulted(thread: Thread, info: SignalInfo, resume: () => void): FragmentFault | null {
    this.#files.tid = thread.tid;
    return this.#faults.faulted(thread, this.inside.threads.get(thread.tid)!, info, resume);
  }

  /** Some translated code may come from `[start, end)`. */
  covers(start: number, end: number): boolean {
    return !this.inside.threads.isEmpty && this.translator.source.covers(start, end);
  }

  /**
   * Forgets all translated code, because the program's has changed. No thread may be in a fragment,
   * or have unread records.
   */
  clear(): void {
    for (const cache of this.inside.threads.caches()) this.translator.clear(cache);
    this.translator.source.forget();
    this.#entry.clear();
    this.translator.modes.clear();
    this.#mappings.mappingsChanged();
  }

  /** The program's code is not what was translated. `thread` is stopped, outside of fragments. */
  #forgetCode(thread: Thread): void {
    const frozen = this.sync.stopOthers(thread);
    this.inside.drain(thread);
    this.clear();
    this.sync.thaw(frozen);
  }
}

/** A system call's first argument, as the `int` that it is. */
function fileArgument(tid: Tid): number {
  return Number(BigInt.asIntN(32, RegisterFile.of(tid).words[Reg.rdi]!));
}
