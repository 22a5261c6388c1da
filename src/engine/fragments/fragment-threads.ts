import type { Tid, TraceeAddress } from "../../model/index.js";
import { RegisterFile, type RemoteCode, SystemError } from "../../native/index.js";
import { CodeCache } from "./code-cache.js";

/** What a thread has of the fragment engine, from its first entry on. */
export interface FragmentThread {
  readonly tid: Tid;
  readonly cache: CodeCache;
  /** It has run fragments since its log was read. */
  pending: boolean;
  /** Where it was sent on to the program's instruction: the reference engine serves that. */
  leftAt: TraceeAddress | null;
  /** How often it was sent into fragments again after a fault, at the instruction of the last. */
  reentries: { readonly ip: TraceeAddress; readonly times: number } | null;
}

/** The threads that have run fragments, and the caches of those that have ended. */
export class FragmentThreads {
  readonly #threads = new Map<Tid, FragmentThread>();
  readonly #free: CodeCache[] = [];
  #asks = false;
  /** There was no room for a cache once (setrlimit(2), too many threads). */
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
    const thread = { tid, cache, pending: false, leftAt: null, reentries: null };
    this.#threads.set(tid, thread);
    return thread;
  }

  #newCache(tid: Tid): CodeCache | null {
    if (this.#isCrowded) return null;
    try {
      const cache = this.code.borrow(tid, () => new CodeCache(this.code, tid));
      if (this.#asks) cache.ask();
      return cache;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
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

  /** Branches whose targets are not translated stop from now on. */
  ask(): void {
    if (this.#asks) return;
    this.#asks = true;
    for (const cache of this.caches()) cache.ask();
  }

  *caches(): Iterable<CodeCache> {
    for (const { cache } of this.#threads.values()) yield cache;
    yield* this.#free;
  }
}
