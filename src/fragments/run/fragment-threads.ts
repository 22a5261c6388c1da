import type { Tid, TraceeAddress } from "../../model/index.js";
import { RegisterFile } from "../../native/ptrace/registers.js";
import type { RemoteCode } from "../../native/remote/remote-code.js";
import { TraceeCallFailed } from "../../native/remote/tracee-call-failed.js";
import { CodeCache } from "../cache/code-cache.js";

/** What the fragment engine keeps for a thread, from its first entry on. */
export interface FragmentThread {
  readonly tid: Tid;
  readonly cache: CodeCache;
  /** It has run fragments since it was last taken out of them. */
  pending: boolean;
  /** The program's instruction that it was sent back to, for the reference engine to serve. */
  leftAt: TraceeAddress | null;
  /** How many more indirect-branch misses may trap. */
  missesLeft: number;
  /** How often it was sent into fragments again after a fault, at the instruction of the last. */
  reentries: { readonly ip: TraceeAddress; readonly times: number } | null;
}

/** The threads that have run fragments, and the caches of those that have ended. */
export class FragmentThreads {
  readonly #threads = new Map<Tid, FragmentThread>();
  readonly #free: CodeCache[] = [];
  /** The tracee had no room for another cache (setrlimit(2), too many threads). */
  #isCrowded = false;

  constructor(readonly code: RemoteCode) {}

  get isEmpty(): boolean {
    return this.#threads.size === 0;
  }

  get(tid: Tid): FragmentThread | undefined {
    return this.#threads.get(tid);
  }

  /**
   * Of a stopped thread: with a cache of its own, which is made if none is free. Null where the tracee
   * has no room for another.
   */
  ensure(tid: Tid): FragmentThread | null {
    const known = this.#threads.get(tid);
    if (known) return known;
    const cache = this.#free.pop() ?? this.#newCache(tid);
    if (!cache) return null;
    cache.log.restart();
    const thread = { tid, cache, pending: false, leftAt: null, missesLeft: 0, reentries: null };
    this.#threads.set(tid, thread);
    return thread;
  }

  #newCache(tid: Tid): CodeCache | null {
    if (this.#isCrowded) return null;
    try {
      return this.code.borrow(tid, () => new CodeCache(this.code, tid));
    } catch (error) {
      if (!(error instanceof TraceeCallFailed)) throw error;
      this.#isCrowded = true;
      return null;
    }
  }

  /** A stopped thread, if it is in a fragment. */
  inside(tid: Tid): FragmentThread | null {
    const thread = this.#threads.get(tid);
    return thread?.pending && thread.cache.contains(RegisterFile.of(tid).ip) ? thread : null;
  }

  /** A thread has ended. */
  forget(tid: Tid): void {
    const thread = this.#threads.get(tid);
    this.#threads.delete(tid);
    if (thread) this.#free.push(thread.cache);
  }

  /** Of living threads. */
  forgetExits(): void {
    for (const { cache } of this.#threads.values()) cache.forgetExit();
  }

  *caches(): Iterable<CodeCache> {
    for (const { cache } of this.#threads.values()) yield cache;
    yield* this.#free;
  }
}
