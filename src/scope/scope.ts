import { inspect } from "node:util";
import { checkOptions, DEFAULTS } from "../model/index.js";
import type { Declarations, Declared } from "../prototype/index.js";
import { count } from "../report/index.js";
import {
  bytesOf,
  type CallbackFunction,
  checkArguments,
  libraryShown,
  type TypeSpec,
} from "../values/index.js";
import type { ForeignRequest } from "./call-builder.js";
import { callErrors, returned } from "./call-error.js";
import { Callback } from "./callback.js";
import { callbackErrors } from "./callback-errors.js";
import { callbackType } from "./callback-type.js";
import { scopeErrors } from "./errors.js";
import { declarationsOf } from "./header-files.js";
import type { Host } from "./host.js";
import { HostKeeper } from "./host-keeper.js";
import { HostTurns } from "./host-turns.js";
import { type Caller, Library } from "./library.js";
import type { DataHolder } from "./library-data.js";
import { makeCall } from "./make-call.js";
import type { ScopeBuffer } from "./scope-buffer.js";
import { ScopeHeap } from "./scope-heap.js";
import { type MemoryPlace, ScopeMemory } from "./scope-memory.js";
import {
  ALLOC_OPTIONS,
  type AllocOptions,
  type CallOptions,
  LOAD_OPTIONS,
  type LoadOptions,
  SCOPE_OPTIONS,
  type ScopeOptions,
} from "./scope-options.js";
import { suppressionsOf } from "./suppression-files.js";
import { TracedCall } from "./traced-call.js";
import type { ValueOf } from "./value-types.js";

const MIN_HEAP_BYTES = 2 ** 16;

/**
 * Memory and calls in a supervised process. Calls take turns. One that crashes, exits or takes too
 * long rejects with a CallError, and the scope goes on with a fresh host: libraries are loaded anew,
 * and buffers are there with what they held.
 *
 * ```ts
 * await using scope = await Scope.open({ timeout: 5_000 });
 * const lib = await scope.load("libz.so.1");
 * const crc32 = lib.func("ulong crc32(ulong crc, const uint8_t *buf, uint len)");
 * const buf = await scope.alloc(Buffer.from("hello"));
 * const call = await crc32(0, buf, 5);
 * ```
 */
export class Scope implements Caller {
  readonly #options: ScopeOptions;
  /** What is declared: functions, data and types that need no text of their own. */
  readonly declarations: Declarations;
  readonly #keeper: HostKeeper;
  readonly #turns: HostTurns;
  #heap: ScopeHeap | null = null;
  #closing: Promise<void> | null = null;
  /** What the data of libraries was last written to point to. */
  readonly #written = new Map<string, ScopeBuffer>();
  /** What `Library.data` stands on. */
  readonly data: DataHolder = {
    locate: (request) => this.#withMemory(request.name, (memory) => memory.locate(request)),
    readData: (request) => this.#withMemory(request.name, (memory) => memory.readData(request)),
    writeData: (request, value) =>
      this.#withMemory(request.name, (memory) => memory.writeData(request, value)),
  };

  private constructor(options: ScopeOptions) {
    this.#options = options;
    const { heapBytes = DEFAULTS.heapBytes, declare: _, header: __, ...rest } = options;
    this.declarations = declarationsOf(options);
    const isPowerOfTwo = Number.isInteger(Math.log2(heapBytes));
    if (!isPowerOfTwo || heapBytes < MIN_HEAP_BYTES) throw scopeErrors.badHeapBytes(heapBytes);
    const suppressions = suppressionsOf(options);
    this.#keeper = new HostKeeper({ ...rest, heapBytes, suppressions }, (heap) => {
      if (this.#heap) this.#heap.moveTo(heap);
      else this.#heap = new ScopeHeap(heap);
    });
    this.#turns = new HostTurns(this.#keeper);
  }

  /**
   * Starts its host. Rejects with a UsageError INVALID_OPTION or HEAP_BYTES for options that cannot be,
   * and with why the host cannot be started: START_TIMEOUT, TRACING_REFUSED and others.
   */
  static async open(options: ScopeOptions = {}): Promise<Scope> {
    checkOptions(options, SCOPE_OPTIONS, "Scope.open");
    const scope = new Scope(options);
    try {
      await scope.#keeper.live();
      return scope;
    } catch (error) {
      await scope.destroy();
      throw error;
    }
  }

  /** The host's process. */
  get pid(): number | null {
    return this.#keeper.pid;
  }

  /** Hosts started after the first. */
  get restarts(): number {
    return this.#keeper.restarts;
  }

  /** Resolves when a host is there, or could not be started: the next call says why. */
  async ready(): Promise<void> {
    if (this.#closing) return;
    await this.#keeper.live().catch(() => {});
  }

  /**
   * Takes C declarations: prototypes, structs, unions, enums, typedefs, exported data, as a preprocessed
   * header has them. Then their names are known to `func`, `data` and `alloc`. What is not understood
   * is left out, is in `skipped`, and is told when it is asked for. Throws UsageError NOT_PREPROCESSED,
   * and where nothing of the text is understood.
   *
   * ```ts
   * scope.declare("struct point { int x, y; }; double length(const struct point *p);");
   * const length = lib.func("length");
   * const point = await scope.alloc("struct point");
   * ```
   */
  declare(text: string): Declared {
    return this.declarations.declare(text);
  }

  /** Calls that run or wait for their turn. */
  get pending(): number {
    return this.#turns.underWay;
  }

  /**
   * Loads a library by path or soname, with its turn. Rejects with LIBRARY_NOT_LOADED, LOAD_TIMEOUT,
   * HOST_ENDED, CANCELLED, SCOPE_CLOSED, INVALID_OPTION.
   */
  async load(name: string, options: LoadOptions = {}): Promise<Library> {
    checkOptions(options, LOAD_OPTIONS, "load");
    const { deep = DEFAULTS.deep, signal } = options;
    await this.#inTurn(`loading ${name}`, signal, (host) => host.load({ library: name, deep }));
    return new Library(this, name, deep);
  }

  /**
   * Memory of the traced heap.
   *
   * ```ts
   * await scope.alloc(Buffer.from("hello"));        // bytes
   * await scope.alloc(64);                          // 64 uninitialised bytes
   * await scope.alloc("int[16]");                   // uninitialised, of a type
   * await scope.alloc("int[]", [1, 2, 3]);
   * await scope.alloc("char[]", "text");            // with its NUL
   * await scope.alloc(struct("node", { value: "int", name: "char *", next: "void *" }),
   *                   { value: 1, name: "first", next: other });
   * ```
   *
   * Uninitialised memory is zero. Rejects with HEAP_FULL, SCOPE_CLOSED, or a UsageError for a value
   * that does not fit its type.
   */
  alloc(content: ArrayBufferView | ArrayBuffer, options?: AllocOptions): Promise<ScopeBuffer>;
  alloc(size: number, options?: AllocOptions): Promise<ScopeBuffer>;
  alloc<const T extends TypeSpec>(
    type: T,
    value?: ValueOf<T>,
    options?: AllocOptions,
  ): Promise<ScopeBuffer>;
  async alloc(
    content: ArrayBufferView | ArrayBuffer | number | TypeSpec,
    value?: unknown,
    options?: AllocOptions,
  ): Promise<ScopeBuffer> {
    if (this.#closing) throw scopeErrors.closed();
    const heap = this.#heap!;
    const bytes = bytesOf(content);
    const isRaw = bytes !== null || typeof content === "number";
    const named = isRaw ? value : options;
    checkOptions(named, ALLOC_OPTIONS, "alloc");
    const { name = null } = (named as AllocOptions | undefined) ?? {};
    if (bytes) return heap.allocate(bytes, { name });
    if (typeof content !== "number")
      return heap.layOut(content as TypeSpec, value, { name, names: this.declarations.names });
    if (!Number.isInteger(content) || content < 0)
      throw scopeErrors.notSize("alloc", libraryShown(content));
    return heap.allocate(content, { name });
  }

  /**
   * A function that C may call until it is freed, at any time and from any thread: for a function pointer
   * of a call, of a struct, of an array. `prototype`: its type, as `int (const void *, const void *)`, or
   * the name of a declared type. A promise that it returns is waited for, as is the thread that called.
   * What it throws is what the call that runs rejects with, or the next; C gets zero. Throws UsageError
   * where the type cannot be read or served, and TOO_MANY_CALLBACKS.
   *
   * ```ts
   * using compare = scope.callback("int (const int *, const int *)", (a, b) => …);
   * await sqlite3_exec(db, "SELECT 1", scope.callback("sqlite3_callback", (…) => 0), null, null);
   * ```
   */
  callback(prototype: string, fn: CallbackFunction): Callback {
    if (this.#closing) throw scopeErrors.closed();
    if (typeof fn !== "function") throw callbackErrors.notFunction(libraryShown(fn));
    const signature = callbackType(prototype, this.declarations);
    const { callbacks } = this.#heap!;
    return new Callback(callbacks, callbacks.add(signature, fn));
  }

  /**
   * A copy of any memory of the host, with its turn. Rejects with MEMORY_UNREADABLE.
   *
   * ```ts
   * const { result } = await localtime(clock); // a BigInt
   * const bytes = await scope.read(result, 56);
   * ```
   */
  async read(place: MemoryPlace, length: number): Promise<Buffer> {
    if (!Number.isInteger(length) || length < 0) {
      throw scopeErrors.notSize("read", libraryShown(length));
    }
    return this.#look("read", (memory) => memory.read(place, length));
  }

  /**
   * The text that lies there, up to its NUL: of `char` unless `type` is `wchar_t`, `char16_t` or
   * `char32_t`. Null for null. Rejects with MEMORY_UNREADABLE, TEXT_TOO_LONG.
   */
  async text(place: MemoryPlace | null, type = "char"): Promise<string | null> {
    return place === null ? null : this.#look("text", (memory) => memory.text(place, type));
  }

  /** Makes one call: what the functions of `Library.func` do. */
  call(
    request: ForeignRequest,
    values: readonly unknown[],
    options: CallOptions = {},
  ): Promise<TracedCall> {
    const { signature } = request;
    const { signal, timeout = this.#options.timeout } = options;
    return this.#inTurn(signature.name, signal, async (host) => {
      const heap = this.#heap!;
      const rules = { ...heap.rules, names: this.declarations.names };
      const args = checkArguments(rules, signature, values);
      const call = new TracedCall(await makeCall(host, heap, { request, args, timeout }));
      return returned(call, timeout ?? 0);
    });
  }

  [inspect.custom](): string {
    const buffers = this.#heap ? [...this.#heap.live].length : 0;
    return `Scope (${this.#closing ? "closed" : "open"}, ${count(buffers, "buffer")})`;
  }

  /** Takes no more calls, lets those under way settle, and ends the host. */
  close(): Promise<void> {
    if (this.#heap?.callbacks.isInside) return Promise.reject(callbackErrors.callInside("close"));
    this.#closing ??= this.#end(DEFAULTS.exitGraceMs);
    return this.#closing;
  }

  /** Ends the host now: calls under way reject with SCOPE_CLOSED. */
  destroy(): Promise<void> {
    this.#turns.end();
    this.#closing ??= this.#end(0);
    return this.#closing;
  }

  /** As `close`; as `destroy` where a call is under way that nobody waits for. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#turns.underWay > 0 ? this.destroy() : this.close();
  }

  async #end(graceMs: number): Promise<void> {
    await this.#turns.over();
    await this.#keeper.close(graceMs);
    this.#heap?.close();
  }

  /** As {@link #withMemory}; a callback has its host's memory now. */
  async #look<T>(name: string, work: (memory: ScopeMemory) => T): Promise<T> {
    if (!this.#heap?.callbacks.isInside) return this.#withMemory(name, work);
    return work(new ScopeMemory(await this.#keeper.live(), this.#heap, this.#written));
  }

  #withMemory<T>(name: string, work: (memory: ScopeMemory) => T | Promise<T>): Promise<T> {
    return this.#inTurn(name, undefined, async (host) =>
      work(new ScopeMemory(host, this.#heap!, this.#written)),
    );
  }

  async #inTurn<T>(
    name: string,
    signal: AbortSignal | undefined,
    work: (host: Host) => Promise<T>,
  ): Promise<T> {
    if (this.#closing) throw callErrors.closed("SCOPE", name, null);
    if (this.#heap?.callbacks.isInside) throw callbackErrors.callInside(name);
    return this.#turns.run(name, signal, work);
  }
}
