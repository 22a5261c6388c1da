import { FfiscopeError } from "../model/index.js";
import {
  type MappedHeap,
  raiseMarkedSignal,
  SIGSTOP,
  SIGUSR1,
  viewMemory,
} from "../native/index.js";
import { Allocator } from "./allocator.js";
import type { SupervisorChannel } from "./channel.js";
import { EventList } from "./event-list.js";
import type { EventMemory } from "./event-memory.js";

/** Memory of the traced heap. */
export interface Allocation {
  /** What native code is given: pass it as a pointer (koffi takes a BigInt). */
  readonly address: bigint;
  /** The same memory for JavaScript: not traced. */
  readonly bytes: Uint8Array;
  /** In bytes. */
  readonly size: number;
}

/** What a traced function returned, and every access that it made to the traced heap, in order. */
export interface Traced<T> {
  readonly result: T;
  readonly events: EventList;
}

/** This process, under ffiscope's supervision. */
export class Tracee {
  readonly #allocator: Allocator;
  /** The traced call that is running, or the last one: calls take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    readonly channel: SupervisorChannel,
    readonly heap: MappedHeap,
    /** Null where the supervisor does not know of it. */
    private readonly memory: EventMemory | null = null,
  ) {
    this.#allocator = new Allocator(heap.size);
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
    return { address: BigInt(this.heap.guarded + offset), bytes, size };
  }

  /** Gives an allocation back. Throws FfiscopeError NOT_ALLOCATED. */
  free(allocation: Allocation): void {
    this.#allocator.free(Number(allocation.address) - this.heap.guarded);
  }

  /**
   * Runs `call`, which makes native calls and returns when they have, and reports what they did.
   * Rejects with what it throws, and with TRACED_PROMISE when it returns a promise. One at a time:
   * others wait for their turn.
   */
  traced<T>(call: () => T): Promise<Traced<T>> {
    const turn = this.#turn.then(() => this.#trace(call));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** From now on the supervisor returns `code` (an i32), whatever this process exits with. */
  async overrideRetcode(code: number): Promise<void> {
    await this.channel.ask("Confirmation", { type: "OverrideRetcode", code });
  }

  async #trace<T>(call: () => T): Promise<Traced<T>> {
    this.memory?.offer();
    await this.channel.ask("Confirmation", { type: "StartFfi", pagePtrs: [], stackPtr: 0 });
    raiseMarkedSignal(SIGSTOP);
    let outcome: { readonly result: T } | { readonly error: unknown };
    try {
      outcome = { result: call() };
    } catch (error) {
      outcome = { error };
    }
    raiseMarkedSignal(SIGUSR1);
    const events = await this.#events();
    if ("error" in outcome) throw outcome.error;
    if (isPromise(outcome.result)) throw tracedPromise();
    return { result: outcome.result, events };
  }

  async #events(): Promise<EventList> {
    const answer = await this.channel.ask("events", null);
    if (answer.type === "MemEvents") return EventList.of(answer.events);
    if (this.memory === null) throw unexpectedMemory();
    return this.memory.take(answer.count);
  }
}

function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null)?.then === "function";
}

function unexpectedMemory(): FfiscopeError {
  return new FfiscopeError({
    code: "UNEXPECTED_ANSWER",
    message: "the supervisor sent SharedEvents, and was given no memory for them",
  });
}

function tracedPromise(): FfiscopeError {
  return new FfiscopeError({
    code: "TRACED_PROMISE",
    message: "the traced function returned a promise: what it does later is not traced",
    remedy: "Make the native calls in it synchronously, and await before and after",
  });
}
