import type { GuardedMemory } from "../../guard/guarded-memory.js";
import type { EventBuffer } from "../../model/event-buffer.js";
import type { TranslatedThreads } from "../../threads/thread-sync.js";
import type { Thread } from "../../threads/thread-table.js";
import type { InstructionCache } from "../../x86/decode/instruction-cache.js";
import { FragmentLog } from "../log/fragment-log.js";
import { LogDrain } from "../log/log-drain.js";
import { LogReader } from "../log/log-reader.js";
import { FragmentExit } from "./fragment-exit.js";
import { FragmentStep } from "./fragment-step.js";
import { FragmentThreads } from "./fragment-threads.js";
import { StateRecreation } from "./recreate-state.js";
import { StringRuns } from "./string-run.js";

/**
 * The threads that have run fragments: their records, and their way out. How threads get in is not
 * known here.
 */
export class ThreadsInFragments implements TranslatedThreads {
  readonly threads: FragmentThreads;
  readonly log: FragmentLog;
  readonly logDrain: LogDrain;
  readonly exit: FragmentExit;
  readonly #recreation: StateRecreation;

  constructor(
    readonly memory: GuardedMemory,
    readonly instructions: InstructionCache,
    readonly events: EventBuffer,
  ) {
    const { code, guard } = memory;
    this.threads = new FragmentThreads(code);
    this.log = new FragmentLog(code.memory, new LogReader(guard, events));
    this.logDrain = new LogDrain(this.log);
    const runs = new StringRuns(code, guard, instructions, events, this.log);
    this.exit = new FragmentExit(runs);
    const step = new FragmentStep(code, this.log);
    this.#recreation = new StateRecreation(code, this.exit, step, runs, this.logDrain);
  }

  isInside({ tid }: Thread): boolean {
    return this.threads.inside(tid) !== null;
  }

  /** A thread has run fragments since it was last taken out. */
  isPending({ tid }: Thread): boolean {
    return this.threads.get(tid)?.pending === true;
  }

  isUnread({ tid }: Thread): boolean {
    const thread = this.threads.get(tid);
    return thread !== undefined && (thread.pending || thread.cache.log.hasUnread);
  }

  drain({ tid }: Thread): void {
    const thread = this.threads.get(tid);
    if (thread) this.logDrain.outside(thread);
  }

  drainInside({ tid }: Thread): void {
    this.logDrain.inside(this.threads.get(tid)!);
  }

  recreateState(thread: Thread): void {
    this.#recreation.recreateState(this.threads.get(thread.tid)!);
    this.drain(thread);
  }
}
