import { FfiscopeError } from "../model/index.js";
import { type MappedHeap, viewMemory } from "../native/memory/heap-mapping.js";
import { Allocator } from "./allocator.js";
import type { Calls, Traced } from "./calls.js";
import type { SupervisorChannel } from "./channel.js";
import { notSupervised } from "./supervisor-line.js";

/** Of an allocation's name: the protocol takes no longer ones. */
const MAX_NAME_BYTES = 4096;

/** Memory of the traced heap. */
export interface Allocation {
  /** What findings and events call it: `alloc#N`, unless it was given one. */
  readonly name: string;
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
  /** Allocations so far. */
  #count = 0;
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
   * bytes. `name`: what it is called in findings; `alloc#N` unless given. Throws FfiscopeError
   * HEAP_FULL, and INVALID_NAME.
   */
  alloc(content: Uint8Array | string | number, name = `alloc#${this.#count + 1}`): Allocation {
    if (typeof name !== "string" || name === "" || Buffer.byteLength(name) > MAX_NAME_BYTES) {
      throw invalidName();
    }
    const initial = typeof content === "string" ? Buffer.from(`${content}\0`) : content;
    const size = typeof initial === "number" ? initial : initial.byteLength;
    const offset = this.#allocator.allocate(size);
    const bytes = viewMemory(this.heap.backdoor + offset, size);
    if (typeof initial === "number") bytes.fill(0);
    else bytes.set(initial);
    this.#count++;
    const address = this.#start + offset;
    this.#calls.buffers?.added({ name, address, size });
    return { name, address: BigInt(address), bytes, size };
  }

  /** Gives an allocation back. Throws FfiscopeError NOT_ALLOCATED. */
  free(allocation: Allocation): void {
    this.#allocator.free(Number(allocation.address) - this.#start);
    this.#calls.buffers?.freed(Number(allocation.address));
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

function invalidName(): FfiscopeError {
  return new FfiscopeError({
    code: "INVALID_NAME",
    message: "the name of an allocation has to be text of 1 to 4096 bytes",
  });
}
