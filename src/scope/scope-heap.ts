import { readSync, writeSync } from "node:fs";
import type { HeapFacts } from "../machines/index.js";
import type { Names } from "../prototype/index.js";
import { Allocator } from "../tracee/allocator.js";
import {
  isOpen,
  type Laid,
  type LaidPointer,
  type Layout,
  laidOut,
  layoutErrors,
  layoutOf,
  libraryErrors,
  type TypeSpec,
  type ValueRules,
} from "../values/index.js";
import { Callback } from "./callback.js";
import { callbackErrors } from "./callback-errors.js";
import { Callbacks } from "./callbacks.js";
import { scopeErrors } from "./errors.js";
import { LiveBuffers } from "./live-buffers.js";
import { type BufferMemory, type BufferPointer, ScopeBuffer } from "./scope-buffer.js";

/** read(2) and write(2) take no more at a time. */
const MAX_TRANSFER_BYTES = 2 ** 30;

/** Copied at a time from a heap to the next, in bytes. */
const COPY_BYTES = 2 ** 20;

/** What a buffer is called (null: a call names it after its parameter), and how it is laid out. */
interface Naming {
  readonly name?: string | null;
  readonly layout?: Layout | null;
}

/**
 * A scope's memory: what is allocated in the heap of its host. The memory is shared with the host
 * and outlives it; the next host's heap takes it over.
 */
export class ScopeHeap implements BufferMemory {
  readonly #allocator: Allocator;
  /** What is allocated. */
  readonly live: LiveBuffers;
  #facts: HeapFacts;
  #allocated = 0;
  #closed = false;
  /** No call was made yet, and nothing was freed: memory that is not allocated is zero. */
  #isFresh = true;

  /** What values given for this memory are checked with. */
  readonly rules: ValueRules<BufferPointer> = {
    errors: libraryErrors,
    memoryOf: (value) => this.pointerOf(value),
    codeOf: (value) => this.#codeOf(value),
  };

  /** Of the hosts that share it, one after the other. */
  readonly callbacks = new Callbacks();

  constructor(facts: HeapFacts) {
    this.#facts = facts;
    this.#allocator = new Allocator(facts.size);
    this.live = new LiveBuffers(Number(facts.guarded));
  }

  /** Of the host that is there now, or was last. */
  get facts(): HeapFacts {
    return this.#facts;
  }

  /** Throws CALLBACK_FREED, FOREIGN_CALLBACK. */
  #codeOf(value: unknown): bigint | null {
    if (!(value instanceof Callback)) return null;
    if (!value.isOf(this.callbacks)) throw callbackErrors.foreign();
    if (value.freed) throw callbackErrors.freed();
    return value.address;
  }

  /** A call is made: it may write anywhere. */
  callBegins(): void {
    this.#isFresh = false;
  }

  /** Nothing is read or written any more: the descriptor's number may become another file's. */
  close(): void {
    this.#closed = true;
  }

  addressOf(offset: number): number {
    return Number(this.#facts.guarded) + offset;
  }

  /** What lies there, where all of it is the heap's. */
  bytesAt(address: bigint, length: number): Buffer | null {
    const offset = this.offsetOf(address, length);
    return offset === null ? null : this.read(offset, length);
  }

  /** Where memory of the host lies in this; null where it does not. */
  offsetOf(address: bigint, length: number): number | null {
    const offset = Number(address - BigInt(this.#facts.guarded));
    return offset >= 0 && offset + length <= this.#facts.size ? offset : null;
  }

  /** What is allocated at `address`, or ends there. */
  at(address: bigint): BufferPointer | null {
    const offset = Number(address - BigInt(this.#facts.guarded));
    if (offset < 0 || offset >= this.#facts.size) return null;
    return this.live.at(offset);
  }

  /** That many bytes of zero, or `content`. Throws HEAP_FULL. */
  allocate(content: Uint8Array | number, { name = null, layout = null }: Naming = {}): ScopeBuffer {
    const size = typeof content === "number" ? content : content.byteLength;
    const start = this.#allocator.allocate(size);
    const serial = this.#allocated++;
    const label = name ?? `buffer ${this.#allocated}`;
    const buffer = new ScopeBuffer(this, { start, size, name, label, layout, serial });
    this.live.add(buffer);
    buffer.isWritten = typeof content !== "number";
    if (typeof content === "number") this.#zero(start, size);
    else this.write(start, content);
    return buffer;
  }

  /** Memory laid out as `type`, with `value` and what it points to; undefined: zero. */
  layOut(
    type: TypeSpec,
    value: unknown,
    { name, names }: { readonly name: string | null; readonly names: Names },
  ): ScopeBuffer {
    const layout = layoutOf(type, names);
    const what = typeof type === "string" ? type : layout.kind === "struct" ? layout.name : "value";
    if (value === undefined) {
      if (isOpen(layout)) throw layoutErrors.noLength(what);
      return this.allocate(layout.size, { name, layout });
    }
    const label = name ?? what;
    return this.place(laidOut(this.rules, layout, value, { name: label, text: label }), name);
  }

  /** Gives memory its place, with what it points to. Throws HEAP_FULL, BUFFER_FREED, FOREIGN_BUFFER. */
  place(
    { layout, bytes, size, pointers = [] }: Laid<BufferPointer>,
    name: string | null,
  ): ScopeBuffer {
    const buffer = this.allocate(bytes === null || pointers.length > 0 ? size : bytes, {
      name,
      layout: layout ?? null,
    });
    if (bytes === null || pointers.length === 0) return buffer;
    try {
      const content = Buffer.from(bytes);
      for (const pointer of pointers) {
        content.writeBigUInt64LE(this.#point(buffer, pointer), pointer.offset);
      }
      this.write(buffer.start, content);
      buffer.isWritten = true;
    } catch (error) {
      buffer.release();
      throw error;
    }
    return buffer;
  }

  free(buffer: ScopeBuffer): void {
    this.live.delete(buffer);
    this.#isFresh = false;
    this.#allocator.free(buffer.start);
  }

  read(offset: number, size: number): Buffer {
    if (this.#closed) throw scopeErrors.closed();
    return readAll(this.#facts.fd, offset, size);
  }

  write(offset: number, bytes: Uint8Array): void {
    if (this.#closed) throw scopeErrors.closed();
    writeAll(this.#facts.fd, bytes, offset);
  }

  /** Copies what is allocated into the heap of a fresh host, and puts our pointers right. */
  moveTo(facts: HeapFacts): void {
    for (const { start, size } of this.live) {
      for (let done = 0; done < size; done += COPY_BYTES) {
        const length = Math.min(COPY_BYTES, size - done);
        const chunk = readAll(this.#facts.fd, start + done, length);
        if (chunk.some((byte) => byte !== 0)) writeAll(facts.fd, chunk, start + done);
      }
    }
    const before = this.#facts;
    this.#facts = facts;
    this.live.moveTo(Number(facts.guarded));
    for (const buffer of this.live) this.#repoint(buffer, before);
  }

  /** The address of what a pointer of `from` is to point to, which may be made for it. */
  #point(from: ScopeBuffer, { offset, name, to }: LaidPointer<BufferPointer>): bigint {
    const pointer = "memory" in to ? to.memory : { buffer: this.#own(from, name, to), offset: 0 };
    pointer.buffer.assertLive();
    if (pointer.buffer.heap !== this) throw scopeErrors.foreignBuffer(pointer.buffer.label);
    from.pointers.set(offset, pointer);
    return pointer.buffer.address + BigInt(pointer.offset);
  }

  #own(from: ScopeBuffer, name: string, laid: Laid<BufferPointer>): ScopeBuffer {
    const nested = this.place(laid, from.name === null ? null : name);
    from.owned.push(nested);
    return nested;
  }

  /** A value that is memory of a scope already. */
  pointerOf(value: unknown): BufferPointer | null {
    if (value instanceof ScopeBuffer) return { buffer: value, offset: 0 };
    const { buffer, offset } = (value ?? {}) as Partial<BufferPointer>;
    return buffer instanceof ScopeBuffer && offset !== undefined ? { buffer, offset } : null;
  }

  #zero(start: number, size: number): void {
    if (this.#isFresh) return; // and takes no memory
    const zeros = new Uint8Array(Math.min(size, COPY_BYTES));
    for (let done = 0; done < size; done += zeros.length) {
      this.write(start + done, zeros.subarray(0, Math.min(zeros.length, size - done)));
    }
  }

  /** Where one of our pointers still stands as we wrote it. What C wrote over it stays. */
  #repoint(buffer: ScopeBuffer, before: HeapFacts): void {
    for (const [at, { buffer: target, offset }] of buffer.pointers) {
      if (target.freed) continue;
      const word = this.read(buffer.start + at, 8);
      const old = BigInt(Number(before.guarded) + target.start + offset);
      if (word.readBigUInt64LE() !== old) continue;
      word.writeBigUInt64LE(target.address + BigInt(offset));
      this.write(buffer.start + at, word);
    }
  }
}

function readAll(fd: number, position: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let done = 0; done < size; ) {
    const length = Math.min(size - done, MAX_TRANSFER_BYTES);
    done += readSync(fd, bytes, done, length, position + done);
  }
  return bytes;
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.byteLength; ) {
    done += writeSync(fd, bytes, done, bytes.byteLength - done, position + done);
  }
}
