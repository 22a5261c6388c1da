import { STRING_FUNCTIONS } from "../judge/index.js";
import { giveArguments } from "./call-arguments.js";
import { callErrors } from "./call-errors.js";
import type { CallOptions } from "./call-options.js";
import { scopeErrors } from "./errors.js";
import { hostCall, returned, tracedCall } from "./host-call.js";
import { HostKeeper, type LiveHost } from "./host-keeper.js";
import { HostTurns } from "./host-turns.js";
import { type Caller, type ForeignRequest, Library } from "./library.js";
import type { TypeSpec } from "./memory-type.js";
import type { ScopeBuffer } from "./scope-buffer.js";
import { bytesOf, ScopeHeap } from "./scope-heap.js";
import type { AllocOptions, ScopeOptions } from "./scope-options.js";
import { SymbolCache } from "./symbol-cache.js";
import type { TracedCall } from "./traced-call.js";
import type { ValueOf } from "./value-types.js";

const DEFAULT_HEAP_BYTES = 256 * 1024 * 1024;
const MIN_HEAP_BYTES = 2 ** 16;

/** How long a host may take to exit by itself, when its scope is closed, in ms. */
const EXIT_GRACE_MS = 2_000;

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
  readonly #keeper: HostKeeper;
  readonly #turns: HostTurns;
  readonly #symbols = new SymbolCache();
  #heap: ScopeHeap | null = null;
  #closing: Promise<void> | null = null;

  private constructor(options: ScopeOptions) {
    this.#options = options;
    const { heapBytes = DEFAULT_HEAP_BYTES, ...rest } = options;
    const isPowerOfTwo = Number.isInteger(Math.log2(heapBytes));
    if (!isPowerOfTwo || heapBytes < MIN_HEAP_BYTES) throw scopeErrors.badHeapBytes(heapBytes);
    this.#keeper = new HostKeeper({ ...rest, heapBytes }, (heap) => {
      if (this.#heap) this.#heap.moveTo(heap);
      else this.#heap = new ScopeHeap(heap);
    });
    this.#turns = new HostTurns(this.#keeper, options.startTimeout);
  }

  /** Starts its host. Rejects with why that cannot be: START_TIMEOUT, TRACING_REFUSED and others. */
  static async open(options: ScopeOptions = {}): Promise<Scope> {
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

  /** Calls that run or wait for their turn. */
  get pending(): number {
    return this.#turns.underWay;
  }

  /**
   * Loads a library by path or soname. `deep` (unless false): with RTLD_DEEPBIND, so that its calls to
   * itself are not bound to the copies of zlib, OpenSSL and others that Node exports.
   * Rejects with LIBRARY_NOT_LOADED, LOAD_TIMEOUT, HOST_ENDED.
   */
  async load(
    name: string,
    { deep = true, signal }: { deep?: boolean; signal?: AbortSignal } = {},
  ): Promise<Library> {
    await this.#inTurn(`loading ${name}`, signal, (live) =>
      this.#turns.load(live, { library: name, deep }),
    );
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
   * Uninitialised memory is zero. Rejects with HEAP_FULL, or a UsageError for a value that does not
   * fit its type.
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
    if (bytes || typeof content === "number") {
      const { name = null } = (value as AllocOptions | undefined) ?? {};
      return heap.allocate(bytes ?? (content as number), name, null);
    }
    return heap.layOut(content as TypeSpec, value, options?.name ?? null);
  }

  /** Makes one call: what the functions of `Library.func` do. */
  call(
    request: ForeignRequest,
    values: readonly unknown[],
    options: CallOptions = {},
  ): Promise<TracedCall> {
    return this.#inTurn(request.signature.name, options.signal, async (live) => {
      await this.#turns.load(live, request);
      return this.#make(live, request, values, options);
    });
  }

  /** Takes no more calls, lets those under way settle, and ends the host. */
  close(): Promise<void> {
    this.#closing ??= this.#end(EXIT_GRACE_MS);
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

  async #inTurn<T>(
    name: string,
    signal: AbortSignal | undefined,
    work: (live: LiveHost) => Promise<T>,
  ): Promise<T> {
    if (this.#closing) throw callErrors.closed("SCOPE", name, null);
    return this.#turns.run(name, signal, work);
  }

  async #make(
    { host }: LiveHost,
    request: ForeignRequest,
    values: readonly unknown[],
    { timeout = this.#options.timeout }: CallOptions,
  ): Promise<TracedCall> {
    const { signature } = request;
    const given = giveArguments(signature, values, this.#heap!);
    try {
      const reply = await host.call({
        ...hostCall(request, given),
        resolve: host.functions.length === 0 ? STRING_FUNCTIONS : [],
        ...(timeout !== undefined && { timeout }),
      });
      const symbols = this.#symbols.of(reply.record.maps, host.functions);
      const call = tracedCall(signature, this.#options.engine ?? "auto", reply, given, symbols);
      return returned(call, timeout ?? 0);
    } finally {
      for (const buffer of given.temporaries) if (!buffer.freed) buffer.release();
    }
  }
}
