import { CallBuffers } from "../judge/index.js";
import type { HeapBuffer, TraceeAddress } from "../model/index.js";
import { lastAtOrBefore } from "../model/ranges.js";
import { footprint } from "../tracee/allocator.js";
import { FreedBuffers } from "./freed-buffers.js";
import type { GivenBuffer } from "./given-buffer.js";
import type { BufferPointer, ScopeBuffer } from "./scope-buffer.js";

/** What the arguments of a call make of a buffer that they lead to. */
export type Given = Pick<HeapBuffer, "name" | "arg" | "const">;

/**
 * The buffers of a scope that are not freed, in order of address. A call is told of all of them, for C
 * may have kept a pointer to any: so what most of them are to most calls is kept, and shared by the calls
 * that were made since one was last allocated or freed.
 */
export class LiveBuffers {
  #sources: ScopeBuffer[] = [];
  /** What each is to a call whose arguments do not lead to it. */
  #others: GivenBuffer[] = [];
  /** Addresses, with room for more. */
  #starts = new Float64Array(ROOM);
  #ends = new Float64Array(ROOM);
  /** A call has them. */
  #isShared = false;
  readonly #named = new Map<string, ScopeBuffer>();
  readonly #freed = new FreedBuffers();

  /** `base`: the address of the heap that they lie in. */
  constructor(private base: number) {}

  /** In order of address. */
  [Symbol.iterator](): Iterator<ScopeBuffer> {
    return this.#sources[Symbol.iterator]();
  }

  add(source: ScopeBuffer): void {
    const at = this.#lastFrom(source.start) + 1;
    const { length } = this.#sources;
    this.#makeOwn(length + 1);
    this.#sources.splice(at, 0, source);
    const name = unique(source.label, this.#named);
    this.#named.set(name, source);
    const address = (this.base + source.start) as TraceeAddress;
    const { size } = source;
    this.#freed.reuse(address, footprint(size)); // with what lies around it
    this.#others.splice(at, 0, { name, arg: -1, address, size, const: false, source });
    this.#starts.copyWithin(at + 1, at, length);
    this.#ends.copyWithin(at + 1, at, length);
    this.#starts[at] = address;
    this.#ends[at] = address + size;
  }

  delete(source: ScopeBuffer): void {
    const at = this.#lastFrom(source.start);
    this.#makeOwn(this.#sources.length);
    this.#sources.splice(at, 1);
    const [other] = this.#others.splice(at, 1);
    this.#named.delete(other!.name);
    this.#freed.add(source, other!.address);
    this.#starts.copyWithin(at, at + 1);
    this.#ends.copyWithin(at, at + 1);
  }

  /** They lie in another heap now, which begins at `base`. */
  moveTo(base: number): void {
    const sources = this.#sources;
    this.base = base;
    this.#sources = [];
    this.#others = [];
    this.#freed.clear();
    this.#named.clear();
    for (const source of sources.sort((a, b) => a.serial - b.serial)) this.add(source);
  }

  /** What lies `offset` bytes from the heap's start, or ends there. */
  at(offset: number): BufferPointer | null {
    const buffer = this.#sources[this.#lastFrom(offset)];
    const within = buffer ? offset - buffer.start : -1;
    return buffer && within <= buffer.size ? { buffer, offset: within } : null;
  }

  /** All of them as one call has them. `given`: first what has the first claim to its name. */
  forCall(given: ReadonlyMap<ScopeBuffer, Given>): CallBuffers<GivenBuffer> {
    const buffers = this.#others.slice();
    const names = new Set<string>();
    const list: GivenBuffer[] = [];
    for (const [source, { name, arg, const: constant }] of given) {
      const at = this.#lastFrom(source.start);
      const told = unique(name, names);
      names.add(told);
      const buffer = { ...buffers[at]!, name: told, arg, const: constant };
      buffers[at] = buffer;
      list.push(buffer);
    }
    for (const name of names) {
      const other = this.#named.get(name);
      if (!other || given.has(other)) continue;
      const at = this.#lastFrom(other.start);
      const isTaken = (text: string) => names.has(text) || this.#named.has(text);
      buffers[at] = { ...buffers[at]!, name: unique(name, { has: isTaken }) };
    }
    this.#isShared = true;
    const { length } = buffers;
    const [starts, ends] = [this.#starts.subarray(0, length), this.#ends.subarray(0, length)];
    return new CallBuffers({ buffers, starts, ends }, list, this.#freed.byAddress);
  }

  #lastFrom(offset: number): number {
    return lastAtOrBefore(this.#starts.subarray(0, this.#sources.length), this.base + offset);
  }

  /** No call has the addresses, and there is room for so many. */
  #makeOwn(length: number): void {
    if (!this.#isShared && length <= this.#starts.length) return;
    this.#isShared = false;
    const room = Math.max(ROOM, this.#starts.length, length > this.#starts.length ? 2 * length : 0);
    this.#starts = copyOf(this.#starts, room);
    this.#ends = copyOf(this.#ends, room);
  }
}

/** For so many buffers at the least. */
const ROOM = 16;

function copyOf(values: Float64Array, room: number): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(room);
  copy.set(values);
  return copy;
}

function unique(name: string, taken: Pick<ReadonlySet<string>, "has">): string {
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name} (${i})`;
  return free;
}
