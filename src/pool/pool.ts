import { EventEmitter } from "node:events";
import { availableParallelism } from "node:os";
import { inspect } from "node:util";
import { checkOptions, DEFAULTS, FfiscopeError, type OptionSpec } from "../model/index.js";
import { number } from "../model/options.js";
import type { Declarations, Declared } from "../prototype/index.js";
import { callErrors } from "../scope/call-error.js";
import { callbackErrors } from "../scope/callback-errors.js";
import { isInCallback } from "../scope/callbacks.js";
import { declarationsOf } from "../scope/header-files.js";
import {
  CallError,
  type CallOptions,
  type ForeignRequest,
  Library,
  type LoadOptions,
  Scope,
  type ScopeOptions,
  type TracedCall,
} from "../scope/index.js";
import type { Caller } from "../scope/library.js";
import { ABORT_SIGNAL, LOAD_OPTIONS, SCOPE_OPTIONS } from "../scope/scope-options.js";
import { Durations, type PoolStats, Tally } from "./pool-stats.js";
import { type QueuedTask, TaskQueue } from "./task-queue.js";

/** What a pool is opened with; the rest is each host's. */
export interface PoolOptions extends ScopeOptions {
  /** At least 1; as many as this machine has processors unless given. */
  readonly hosts?: number;
  /** Tasks that may wait for a host; more are refused with POOL_FULL. No limit unless given. */
  readonly maxQueue?: number;
}

/** Of one task. */
export interface TaskOptions {
  /**
   * Takes the task back while it waits for a host: it rejects with CANCELLED. A task that runs is ended
   * by the signals of its own calls.
   */
  readonly signal?: AbortSignal | undefined;
}

const POOL_OPTIONS: OptionSpec<PoolOptions> = {
  ...SCOPE_OPTIONS,
  hosts: number({ least: 1, whole: true }),
  maxQueue: number({ least: 0, whole: true, infinite: true, unit: "tasks" }),
};

const TASK_OPTIONS: OptionSpec<TaskOptions> = { signal: ABORT_SIGNAL };

interface PoolEvents {
  /** No task waits any more. */
  drain: [];
}

/**
 * N hosts that make calls in parallel, each with a tracer on a thread of its own. A call that crashes
 * rejects, and its host is replaced while the others go on.
 *
 * ```ts
 * await using pool = await Pool.open({ hosts: 4, timeout: 1_000, maxQueue: 100 });
 * const zlib = await pool.load("libz.so.1");
 * const crc32 = zlib.func("ulong crc32(ulong crc, const uint8_t *buf, uint len)");
 * const calls = await Promise.allSettled(files.map((bytes) => crc32(0, bytes, bytes.length)));
 * ```
 */
export class Pool extends EventEmitter<PoolEvents> implements Caller {
  readonly #scopes: readonly Scope[];
  readonly #idle: Scope[];
  readonly #queue: TaskQueue<Scope>;
  readonly #waitTimes = new Durations();
  readonly #runTimes = new Durations();
  readonly #tally = new Tally();
  /** Tasks that run, until their hosts can take the next. */
  readonly #busy = new Set<Promise<void>>();
  #running = 0;
  #closing: Promise<void> | null = null;
  #destroyed = false;

  private constructor(
    scopes: readonly Scope[],
    /** Those of all its scopes. */
    readonly declarations: Declarations,
    maxQueue: number,
  ) {
    super();
    this.#scopes = scopes;
    this.#idle = [...scopes];
    this.#queue = new TaskQueue(maxQueue);
  }

  /**
   * Starts its hosts. Rejects with a UsageError INVALID_OPTION for options that cannot be, and with
   * why one of the hosts could not be started.
   */
  static async open(options: PoolOptions = {}): Promise<Pool> {
    checkOptions(options, POOL_OPTIONS, "Pool.open");
    const {
      hosts = availableParallelism(),
      maxQueue = Number.POSITIVE_INFINITY,
      ...rest
    } = options;
    const declarations = declarationsOf(rest);
    const { header: _, ...each } = { ...rest, declare: declarations };
    const opened = await Promise.allSettled(Array.from({ length: hosts }, () => Scope.open(each)));
    const scopes = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const failed = opened.find((each) => each.status === "rejected");
    if (failed) {
      await Promise.all(scopes.map((scope) => scope.destroy()));
      throw failed.reason;
    }
    return new Pool(scopes, declarations, maxQueue);
  }

  /** Takes C declarations, for all hosts. See `Scope.declare`. */
  declare(text: string): Declared {
    return this.declarations.declare(text);
  }

  /** Loads a library, in one host now and in each that is to call it. See `Scope.load`. */
  async load(name: string, options: LoadOptions = {}): Promise<Library> {
    checkOptions(options, LOAD_OPTIONS, "load");
    const { deep = DEFAULTS.deep, signal } = options;
    await this.run((scope) => scope.load(name, options), { signal });
    return new Library(this, name, deep);
  }

  /**
   * Makes one call in any host: what the functions of `Library.func` do. Bytes, text, arrays and
   * `out(n)` are put into that host's heap; buffers of a scope are refused.
   */
  call(
    request: ForeignRequest,
    values: readonly unknown[],
    options: CallOptions = {},
  ): Promise<TracedCall> {
    return this.#enqueue(
      (scope) => scope.call(request, values, options),
      request.signature.name,
      options.signal,
    );
  }

  /**
   * Runs `task` with a host's scope for itself: to allocate, and to make several calls. Buffers that
   * it leaves are kept with the host. Rejects with what it rejects with, or with POOL_FULL, POOL_CLOSED,
   * CANCELLED.
   */
  async run<T>(task: (scope: Scope) => Promise<T>, options: TaskOptions = {}): Promise<T> {
    checkOptions(options, TASK_OPTIONS, "run");
    return this.#enqueue(task, task.name || "the task", options.signal);
  }

  /** Resolves when a task may be asked for without being refused: one at a time. */
  room(): Promise<void> {
    return this.#queue.room();
  }

  [inspect.custom](): string {
    return `Pool (${this.#scopes.length} hosts, ${this.#idle.length} idle)`;
  }

  /** Tasks wait: a producer does well to wait for `drain`, or for `room()`. */
  get needsDrain(): boolean {
    return this.#queue.length > 0;
  }

  get stats(): PoolStats {
    const { completed, failed, crashed, exited, timedOut, cancelled } = this.#tally;
    return {
      hosts: this.#scopes.length,
      idle: this.#idle.length,
      busy: this.#running,
      queued: this.#queue.length,
      ...{ completed, failed, crashed, exited, timedOut, cancelled },
      restarts: this.#scopes.reduce((sum, { restarts }) => sum + restarts, 0),
      waitTime: this.#waitTimes.distribution(),
      runTime: this.#runTimes.distribution(),
    };
  }

  /** Takes no more tasks, lets those that were asked for settle, and ends the hosts. */
  close(): Promise<void> {
    this.#closing ??= this.#end(async () => {
      while (this.#busy.size > 0) await Promise.race(this.#busy); // what waits is among them in time
    });
    return this.#closing;
  }

  /** Ends the hosts now: tasks that wait and calls that run reject with POOL_CLOSED. */
  destroy(): Promise<void> {
    this.#destroyed = true;
    this.#queue.refuseAll(() => callErrors.closed("POOL", "the task", null));
    const gone = Promise.all(this.#scopes.map((scope) => scope.destroy()));
    this.#closing ??= this.#end(async () => {});
    return Promise.all([gone, this.#closing]).then(() => {});
  }

  /** As `close`; as `destroy` where tasks are under way that nobody waits for. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#running > 0 || this.#queue.length > 0 ? this.destroy() : this.close();
  }

  async #end(settled: () => Promise<void>): Promise<void> {
    await settled();
    await Promise.all(this.#scopes.map((scope) => scope.close()));
    await Promise.all(this.#busy);
  }

  #enqueue<T>(
    work: (scope: Scope) => Promise<T>,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    if (this.#closing) return Promise.reject(callErrors.closed("POOL", name, null));
    if (signal?.aborted) return Promise.reject(this.#cancelled(name));
    // It would wait for a host that may wait for it.
    const isStuck = this.#idle.length === 0 && isInCallback();
    if (isStuck) return Promise.reject(callbackErrors.callInside(name));
    const host = this.#idle.pop();
    if (!host && this.#queue.isFull) return Promise.reject(poolFull(this.#queue.limit));
    const askedAt = performance.now();
    return new Promise<T>((resolve, reject) => {
      const cancel = () => {
        this.#queue.remove(task);
        reject(this.#cancelled(name));
      };
      const task: QueuedTask<Scope> = {
        start: (scope) => {
          signal?.removeEventListener("abort", cancel);
          this.#waitTimes.record(performance.now() - askedAt);
          this.#start(scope, work, name).then(resolve, reject);
        },
        refuse: (error) => {
          signal?.removeEventListener("abort", cancel);
          this.#tally.fail(error);
          reject(error);
        },
      };
      if (host) return task.start(host);
      signal?.addEventListener("abort", cancel, { once: true });
      this.#queue.push(task);
    });
  }

  /** Runs a task, and has its host take the next once it is there again: until then others do. */
  #start<T>(scope: Scope, work: (scope: Scope) => Promise<T>, name: string): Promise<T> {
    const result = this.#run(scope, work, name);
    const isFree = () => scope.ready();
    const freed = result.then(isFree, isFree).then(() => {
      this.#next(scope);
      this.#busy.delete(freed);
    });
    this.#busy.add(freed);
    return result;
  }

  async #run<T>(scope: Scope, work: (scope: Scope) => Promise<T>, name: string): Promise<T> {
    const startedAt = performance.now();
    this.#running++;
    try {
      const value = await work(scope);
      this.#tally.completed++;
      return value;
    } catch (error) {
      const isOurs = this.#destroyed && isScopeClosed(error);
      const reason = isOurs ? callErrors.closed("POOL", name, error.call) : error;
      this.#tally.fail(reason);
      throw reason;
    } finally {
      this.#runTimes.record(performance.now() - startedAt);
      this.#running--;
    }
  }

  #next(scope: Scope): void {
    const task = this.#queue.shift();
    if (!task) {
      this.#idle.push(scope);
      return;
    }
    task.start(scope);
    if (this.#queue.length === 0) this.emit("drain");
  }

  #cancelled(name: string): CallError {
    const error = callErrors.cancelled(name, null);
    this.#tally.fail(error);
    return error;
  }
}

function isScopeClosed(error: unknown): error is CallError {
  return error instanceof CallError && error.code === "SCOPE_CLOSED";
}

function poolFull(limit: number): FfiscopeError {
  return new FfiscopeError({
    code: "POOL_FULL",
    message: `${limit} tasks wait already, and the pool takes no more`,
    remedy: "Wait for room() before asking, or open it with a larger maxQueue",
  });
}
