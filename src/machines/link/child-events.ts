import {
  lookUpPages,
  type PageRequest,
  parsePageList,
  parsePageRequest,
  parseRangeRequest,
} from "../../guard/handed-pages.js";
import type { ProtectedRange } from "../../guard/protected-range.js";
import { type ChildMessage, decodeChildMessage, readPageList } from "../../ipc/index.js";
import {
  FfiscopeError,
  type HeapBuffer,
  type Pid,
  type Steps,
  type TraceeAddress,
  toHex,
} from "../../model/index.js";
import { ProgramImage } from "../../native/process-facts.js";
import type { CallDelivery } from "../delivery/call-delivery.js";
import type { SessionEvent } from "../session/session-events.js";
import { memoryOf } from "./child-descriptor.js";
import type { ChildHeaps } from "./child-memory.js";

type Heap = Extract<ChildMessage, { type: "Heap" }>;
type Functions = Extract<ChildMessage, { type: "Functions" }>;
type Buffers = Extract<ChildMessage, { type: "Buffers" }>;

/** A shorter payload is read at once, in bytes. */
const LONG = 16 * 1024;

/** Functions that one child may name: they are kept for as long as the session is. */
const MAX_FUNCTIONS = 2 ** 16;

/** Allocations that one child may have at a time: each lies in pages of its own. */
const MAX_KEPT_BUFFERS = 2 ** 20;

/** What a child's messages are to its session. A child is a stranger: what it names is looked at. */
export class ChildEvents {
  #functions = 0;
  #buffers = 0;
  /** Of the guarded view. */
  #heapRange = { start: 0, end: 0 };
  /** Of the program that has started up, or was executed since. */
  #image: ProgramImage | null = null;

  constructor(
    readonly pid: Pid,
    readonly pidfd: number,
    readonly delivery: CallDelivery,
    readonly heaps: ChildHeaps,
  ) {}

  /** The child is at its start-up SIGSTOP. */
  started(): void {
    this.#image = new ProgramImage(this.pid);
  }

  /**
   * The event that a payload is; null where the child has died since it sent it. Throws a
   * ProtocolError, and FfiscopeError for what the message names that is not there.
   */
  *read(payload: Uint8Array): Steps<SessionEvent | null> {
    const list = payload.length < LONG ? null : yield* readPageList(payload);
    if (list !== null) {
      const request = yield* parsePageList(list);
      return { type: "frame.startFfi", ranges: yield* this.#pages(request) };
    }
    return yield* this.#event(decodeChildMessage(payload));
  }

  *#event(message: ChildMessage): Steps<SessionEvent | null> {
    switch (message.type) {
      case "StartFfi": {
        const ranges = yield* this.#pages(parsePageRequest(message.pagePtrs));
        return { type: "frame.startFfi", ranges };
      }
      case "StartRanges": {
        const ranges = yield* this.#pages(parseRangeRequest(message.ranges));
        return { type: "frame.startRanges", ranges };
      }
      case "EventMemory":
        this.delivery.giveMemory(
          memoryOf(this.pidfd, { message: "EventMemory", fd: message.fd, size: 0 }),
        );
        return { type: "frame.eventMemory" };
      case "OverrideRetcode":
        return { type: "frame.overrideRetcode", code: message.code };
      case "Hello": {
        const { version, features } = message;
        return { type: "frame.hello", version, features };
      }
      case "Heap":
        return this.#heap(message);
      case "Returned": {
        const { call, result, errno } = message;
        const value = result.kind === "void" ? null : result.value;
        const returned = { type: "frame.returned", call, result: exactly(value) } as const;
        return errno === undefined ? returned : { ...returned, errno };
      }
      case "Functions":
        return this.#named(message);
      case "Buffers":
        return this.#buffersOf(message);
      case "Refused": {
        const { call, code, message: text } = message;
        return { type: "frame.refused", call, code, message: text };
      }
    }
  }

  /** They are the program's that named them: another that was executed since has none of them. */
  *#pages(request: PageRequest): Steps<ProtectedRange[]> {
    try {
      return yield* lookUpPages(this.pid, request);
    } catch (error) {
      const isRefused = error instanceof FfiscopeError && error.code === "PAGE_REFUSED";
      if (isRefused && this.#image?.hasChanged()) return [];
      throw error;
    }
  }

  #heap(message: Heap): SessionEvent | null {
    const size = Number(message.size);
    const fd = this.heaps.open(this.pidfd, { message: "Heap", fd: message.fd, size });
    if (fd === null) return null;
    this.#heapRange = { start: Number(message.guarded), end: Number(message.guarded) + size };
    const views = { guarded: toHex(message.guarded), backdoor: toHex(message.backdoor) };
    return { type: "frame.heap", heap: { fd, size, ...views } };
  }

  #buffersOf({ added, freed }: Buffers): SessionEvent {
    this.#buffers += added.length - freed.length;
    if (this.#buffers > MAX_KEPT_BUFFERS) throw tooMany(MAX_KEPT_BUFFERS, "buffers");
    const { start, end } = this.#heapRange;
    const buffers = added.map(({ name, ...place }): HeapBuffer => {
      const [address, size] = [Number(place.address), Number(place.size)];
      if (!(address >= start && address + size <= end)) throw outsideHeap(name);
      return { name, arg: 0, address: address as TraceeAddress, size, const: false };
    });
    return { type: "frame.buffers", added: buffers, freed: freed.map(Number) };
  }

  #named(message: Functions): SessionEvent {
    this.#functions += message.functions.length;
    if (this.#functions > MAX_FUNCTIONS) throw tooMany(MAX_FUNCTIONS, "functions");
    const functions = message.functions.map((named) => ({
      ...named,
      address: toHex(named.address),
      size: Number(named.size),
    }));
    return { type: "frame.functions", functions };
  }
}

/** BigInt breaks the inspector and persistence: an integer past 2^53 goes as a decimal string. */
function exactly(value: string | number | bigint | null): string | number | null {
  return typeof value === "bigint" ? value.toString() : value;
}

function tooMany(most: number, what: string): FfiscopeError {
  return new FfiscopeError({
    code: "WRONG_LENGTH",
    message: `the child has named more than ${most} ${what}`,
  });
}

function outsideHeap(name: string): FfiscopeError {
  return new FfiscopeError({
    code: "HEAP_REFUSED",
    message: `the child's buffer '${name}' is not in its heap`,
  });
}
