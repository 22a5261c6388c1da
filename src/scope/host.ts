import { SHIPPED_SUPPRESSIONS, type Suppression } from "../judge/index.js";
import {
  type CallbackHandler,
  type CallRecord,
  callbackHandlers,
  createSession,
  type HeapFacts,
  HOST_PROGRAM,
  type HostCall,
  type HostLoad,
  type Inspect,
  keepHeap,
  type NamedCode,
  ProtocolViolation,
  releaseHeap,
  type SessionActor,
  type SessionEmitted,
  type SessionOutput,
  sessionEnd,
} from "../machines/index.js";
import { outputOfDefect } from "../machines/session/session-output.js";
import { DEFAULTS, FfiscopeError } from "../model/index.js";
import type { SymbolSource } from "../report/index.js";
import { Symbolizer } from "../symbols/index.js";
import { scopeErrors } from "./errors.js";
import { hostEnvironment } from "./host-environment.js";

/** What a host is started with. */
export interface HostOptions {
  /** Of its heap, in bytes: a power of two. */
  readonly heapBytes: number;
  /** That its calls run on, in bytes; 8 MiB unless given. */
  readonly stackBytes?: number | undefined;
  readonly engine?: "auto" | "reference" | undefined;
  /** Of one call, in ms, where the call gives none; none unless given. */
  readonly timeout?: number | undefined;
  /** Until the host is up, and until it has loaded a library, in ms; 10,000 unless given. */
  readonly startTimeout?: number | undefined;
  /** Accesses kept of one call; 10,000,000 unless given. */
  readonly maxEvents?: number | undefined;
  /** What libraries print on standard output goes to standard error. */
  readonly stdoutToStderr?: boolean | undefined;
  /** Variables on top of ours. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly inspect?: Inspect | undefined;
  /** Findings that are by design; the shipped ones unless given. */
  readonly suppressions?: readonly Suppression[] | undefined;
}

/** What is told of a call while it is made. */
export interface CallListener {
  readonly onStart?: (maps: string) => void;
  readonly onAccesses?: (batch: Extract<SessionEmitted, { type: "accesses" }>["batch"]) => void;
}

/** A call that was made, however it ended. */
export interface HostReply {
  readonly record: CallRecord;
  /** An integer past 2^53 as a decimal string; null for void, and unless it returned. */
  readonly value: string | number | null;
  /** What it left in errno(3); 0 unless it returned, and told it. */
  readonly errno: number;
}

interface Pending {
  readonly listener: CallListener;
  resolve(reply: HostReply | null): void;
  reject(error: Error): void;
}

/**
 * One built-in host: a session, asked for one thing at a time. Whatever it is asked settles, at the
 * latest when the session has ended.
 */
export class Host {
  /** Settles with its heap; rejects where it did not come up. */
  readonly ready: Promise<HeapFacts>;
  /** Settles when the process is gone. */
  readonly ended: Promise<SessionOutput>;
  /** What was asked for: `auto` or `reference`. */
  readonly engine: "auto" | "reference";
  /** Findings that are by design. */
  readonly suppressions: readonly Suppression[];
  readonly #session: SessionActor;
  /** Of loading a library, in ms. */
  readonly #startTimeout: number;
  /** Libraries that it has, by `deep:library`. */
  readonly #loaded = new Set<string>();
  /** Names code as of the mappings that a call saw last. */
  #symbols: { maps: string; source: SymbolSource } | null = null;
  #heap: HeapFacts | null = null;
  #functions: readonly NamedCode[] = [];
  #pid: number | null = null;
  #pending: Pending | null = null;
  #record: CallRecord | null = null;
  #alive = true;

  constructor(options: HostOptions) {
    const { engine, timeout, startTimeout, maxEvents, stdoutToStderr } = options;
    this.engine = engine ?? DEFAULTS.engine;
    this.suppressions = options.suppressions ?? SHIPPED_SUPPRESSIONS;
    this.#startTimeout = startTimeout ?? DEFAULTS.startTimeoutMs;
    const session = createSession(
      {
        ...HOST_PROGRAM,
        env: hostEnvironment(options),
        stdoutToStderr: stdoutToStderr ?? false,
        engine: this.engine,
        ...(timeout !== undefined && { timeout }),
        ...(startTimeout !== undefined && { startTimeout }),
        ...(maxEvents !== undefined && { maxEvents }),
      },
      options.inspect,
    );
    this.#session = session;
    const { promise, resolve, reject } = withResolvers<HeapFacts>();
    this.ready = promise;
    promise.catch(() => {}); // whoever waits for it hears of it
    session.on("ready", ({ pid }) => {
      this.#pid = pid;
    });
    session.on("host", ({ heap }) => {
      // The session closes its own: the heap is read when the host has ended, too.
      this.#heap = keepHeap(heap);
      resolve(this.#heap);
    });
    session.on("exit", () => {
      this.#alive = false;
    });
    this.#listen(session);
    this.ended = sessionEnd(session)
      .catch((error) => outputOfDefect(error, "Please report this with the call that shows it"))
      .then((output) => {
        this.#alive = false;
        if (this.#pid !== null) callbackHandlers.delete(this.#pid);
        reject(hostEnded(output, this.#heap !== null));
        this.#settleAtEnd(output);
        return output;
      });
    session.start();
  }

  /** It has not ended, and can be asked. */
  get alive(): boolean {
    return this.#alive;
  }

  get pid(): number | null {
    return this.#pid;
  }

  /** Code that no symbol table names, as far as it has been told. */
  get functions(): readonly NamedCode[] {
    return this.#functions;
  }

  /** Names its code. Calls that saw the same mappings share what that takes. */
  symbolsOf(maps: string): SymbolSource {
    if (this.#symbols?.maps !== maps) {
      this.#symbols = { maps, source: new Symbolizer(maps, this.#functions) };
    }
    return this.#symbols.source;
  }

  /**
   * Loads a library, unless it has it. Rejects with LIBRARY_NOT_LOADED, with LOAD_TIMEOUT where that
   * takes too long, which ends the host, and with why the host has ended meanwhile.
   */
  async load({ library, deep }: HostLoad): Promise<void> {
    const key = `${deep}:${library}`;
    if (this.#loaded.has(key)) return;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.kill();
    }, this.#startTimeout);
    try {
      const load = { library, deep };
      await this.#ask({}, () => this.#session.send({ type: "session.load", load }));
      this.#loaded.add(key);
    } catch (error) {
      throw isLate ? scopeErrors.loadTimeout(library, this.#startTimeout) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Settles when the call is over, however it ended. Rejects where it was not made:
   * SYMBOL_NOT_FOUND, LIBRARY_NOT_LOADED, HOST_ENDED.
   */
  async call(call: HostCall, listener: CallListener = {}): Promise<HostReply> {
    const reply = await this.#ask(listener, () =>
      this.#session.send({ type: "session.call", call }),
    );
    return reply!;
  }

  /** Has functions that C calls in it answered, from now to its end. */
  serveCallbacks(handler: () => CallbackHandler): void {
    const { pid } = this;
    const isServed = pid === null || !this.#alive || callbackHandlers.has(pid);
    if (!isServed) callbackHandlers.set(pid, handler());
  }

  /** Ends it now. */
  kill(): void {
    if (this.#alive) this.#session.send({ type: "session.kill" });
  }

  /** Has it end by itself, so that its libraries flush what they have printed. */
  exit(): void {
    if (this.#alive) this.#session.send({ type: "session.exit" });
  }

  /** Closes its heap, once it has ended and nobody reads of it any more. */
  release(): void {
    if (this.#heap) releaseHeap(this.#heap);
    this.#heap = null;
  }

  #ask(listener: CallListener, send: () => void): Promise<HostReply | null> {
    if (!this.#alive) return this.ended.then((output) => Promise.reject(hostEnded(output, true)));
    return new Promise((resolve, reject) => {
      this.#pending = { listener, resolve, reject };
      this.#record = null;
      send();
    });
  }

  #listen(session: SessionActor): void {
    session.on("functions", ({ functions }) => {
      const known = new Set(this.#functions.map(({ address }) => address));
      const added = functions.filter(({ address }) => !known.has(address));
      if (added.length === 0) return;
      this.#functions = [...this.#functions, ...added];
      this.#symbols = null;
    });
    session.on("callStarted", ({ maps }) => this.#pending?.listener.onStart?.(maps));
    session.on("accesses", ({ batch }) => this.#pending?.listener.onAccesses?.(batch));
    session.on("call", ({ record }) => {
      this.#record = record;
    });
    session.on("returned", ({ result, errno = 0 }) => {
      const record = this.#record;
      this.#take()?.resolve(record && { record, value: result, errno });
    });
    session.on("refused", ({ code, message }) =>
      this.#take()?.reject(new FfiscopeError({ code, message })),
    );
  }

  /** What was being asked when it ended. */
  #settleAtEnd(output: SessionOutput): void {
    const record = this.#record;
    const pending = this.#take();
    if (output.violation) pending?.reject(new ProtocolViolation(output.violation));
    // A call that returned and had closed the line on which the host says what.
    else if (record && output.failure?.code === "HOST_LINE_CLOSED")
      pending?.resolve({ record, value: null, errno: 0 });
    // A call that returned, and whose host died before it could say what: the host has crashed.
    else if (output.failure || record === null || record.outcome === "returned")
      pending?.reject(hostEnded(output, true));
    else pending?.resolve({ record, value: null, errno: 0 });
  }

  #take(): Pending | null {
    const pending = this.#pending;
    this.#pending = null;
    return pending;
  }
}

/** Why a host that has ended cannot be asked. */
function hostEnded({ failure, exitCode, signal }: SessionOutput, wasUp: boolean): FfiscopeError {
  if (!failure) {
    const error = wasUp ? scopeErrors.hostEnded : scopeErrors.hostNotStarted;
    return error(exitCode, signal);
  }
  if (failure.code === "START_TIMEOUT") return scopeErrors.hostStartTimeout();
  const { code, message, remedy } = failure;
  return new FfiscopeError({ code, message, ...(remedy && { remedy }) });
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
