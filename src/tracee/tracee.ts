import { type MappedHeap, viewMemory } from "../native/memory/heap-mapping.js";
import { Allocator } from "./allocator.js";
import type { Calls, Traced } from "./calls.js";
import type { SupervisorChannel } from "./channel.js";
import { notSupervised } from "./supervisor-line.js";

/** Memory of the traced heap. */
export interface Allocation {
  /** What native code is given: pass it as a pointer (koffi takes a BigInt). */
  readonly address: bigint;
  /** The same memory for JavaScript: not traced. */
  readonly bytes: Uint8Array;
  /** In bytes. */
  readonly size: number;
}

/** This process, under ffiscope's supervision; or without, where `attach` was told that it may be. */
export class Tracee {
  readonly #allocator: Allocator;
  readonly #calls: Calls;
  /** The traced call that is running, or the last one: calls take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    calls: Calls,
    readonly heap: MappedHeap,
  ) {
    this.#calls = calls;
    this.#allocator = new Allocator(heap.size);
  }

  /** False where there is no supervisor: calls are made, and have no events. */
  get isTracing(): boolean {
    return this.#calls.channel !== null;
  }

  /** The line to the supervisor. Throws FfiscopeError NOT_SUPERVISED. */
  get channel(): SupervisorChannel {
    if (this.#calls.channel === null) throw notSupervised();
    return this.#calls.channel;
  }

  /**
   * Memory of the traced heap: `content` copied into it (text as UTF-8 with a NUL), or that many
   * bytes. Throws FfiscopeError HEAP_FULL.
   */
  alloc(content: Uint8Array | string | number): Allocation {
    const initial = typeof content === "string" ? Buffer.from(`${content}\0`) : content;
    const size = typeof initial === "number" ? initial : initial.byteLength;
    const offset = this.#allocator.allocate(size);
    const bytes = viewMemory(this.heap.backdoor + offset, size);
    if (typeof initial === "number") bytes.fill(0);
    else bytes.set(initial);
    return { address: BigInt(this.#start + offset), bytes, size };
  }

  /** Gives an allocation back. Throws FfiscopeError NOT_ALLOCATED. */
  free(allocation: Allocation): void {
    this.#allocator.free(Number(allocation.address) - this.#start);
  }

  /**
   * Runs `call`, which makes native calls and returns when they have, and reports what they did.
   * Rejects with what it throws, and with TRACED_PROMISE when it returns a promise. One at a time:
   * others wait for their turn.
   */
  traced<T>(call: () => T): Promise<Traced<T>> {
    const turn = this.#turn.then(() => this.#calls.trace(call));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /**
   * From now on the supervisor returns `code` (an i32), whatever this process exits with. Without a
   * supervisor nothing happens.
   */
  overrideRetcode(code: number): Promise<void> {
    return this.#calls.overrideRetcode(code);
  }

  /** Of the addresses that native code gets: those of the view that nobody guards, if nobody serves it. */
  get #start(): number {
    return this.isTracing ? this.heap.guarded : this.heap.backdoor;
  }
}
