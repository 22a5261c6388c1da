import { readSync, writeSync } from "node:fs";
import type { HeapFacts } from "../machines/index.js";
import { Allocator } from "../tracee/allocator.js";
import { scopeErrors } from "./errors.js";
import { isOpen, type Layout, layoutOf, type TypeSpec } from "./memory-type.js";
import { lengthFor, writeValue } from "./memory-value.js";
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
  readonly #buffers = new Set<ScopeBuffer>();
  #facts: HeapFacts;
  #allocated = 0;
  #closed = false;
  /** No call was made yet, and nothing was freed: memory that is not allocated is zero. */
  #isFresh = true;

  constructor(facts: HeapFacts) {
    this.#facts = facts;
    this.#allocator = new Allocator(facts.size);
  }

  /** Of the host that is there now, or was last. */
  get facts(): HeapFacts {
    return this.#facts;
  }

  /** What is allocated, in the order in which it was. */
  get buffers(): Iterable<ScopeBuffer> {
    return this.#buffers;
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

  /** That many bytes of zero, or `content`. Throws HEAP_FULL. */
  allocate(content: Uint8Array | number, { name = null, layout = null }: Naming = {}): ScopeBuffer {
    const size = typeof content === "number" ? content : content.byteLength;
    const start = this.#allocator.allocate(size);
    this.#allocated++;
    const label = name ?? `buffer ${this.#allocated}`;
    const buffer = new ScopeBuffer(this, { start, size, name, label, layout });
    this.#buffers.add(buffer);
    buffer.isWritten = typeof content !== "number";
    if (typeof content === "number") this.#zero(start, size);
    else this.write(start, content);
    return buffer;
  }

  /** Memory laid out as `type`, with `value` and what it points to; undefined: zero. */
  layOut(type: TypeSpec, value: unknown, name: string | null): ScopeBuffer {
    const layout = layoutOf(type);
    const what = typeof type === "string" ? type : layout.kind === "struct" ? layout.name : "value";
    if (isOpen(layout) && value === undefined) throw scopeErrors.noLength(what);
    return this.#layOut(layout, value, name, name ?? what);
  }

  free(buffer: ScopeBuffer): void {
    this.#buffers.delete(buffer);
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
    for (const { start, size } of this.#buffers) {
      for (let done = 0; done < size; done += COPY_BYTES) {
        const length = Math.min(COPY_BYTES, size - done);
        const chunk = readAll(this.#facts.fd, start + done, length);
        if (chunk.some((byte) => byte !== 0)) writeAll(facts.fd, chunk, start + done);
      }
    }
    const before = this.#facts;
    this.#facts = facts;
    for (const buffer of this.#buffers) this.#repoint(buffer, before);
  }

  #layOut(layout: Layout, value: unknown, name: string | null, place: string): ScopeBuffer {
    const array = layout.kind === "array" && layout.length === null ? layout : null;
    const whole = array ? sized(array, lengthFor(array, value)) : layout;
    const buffer = this.allocate(whole.size, { name, layout: whole });
    if (value === undefined) return buffer;
    try {
      this.#fill(buffer, whole, value, place);
    } catch (error) {
      buffer.release();
      throw error;
    }
    return buffer;
  }

  #fill(buffer: ScopeBuffer, layout: Layout, value: unknown, place: string): void {
    const bytes = new Uint8Array(buffer.size);
    const view = new DataView(bytes.buffer);
    const point = (offset: number, target: unknown, to: Layout | null, where: string) => {
      const address = this.#point(buffer, offset, target, to, where);
      view.setBigUint64(offset, address, true);
    };
    writeValue({ view, point }, layout, 0, value, place);
    this.write(buffer.start, bytes);
    buffer.isWritten = true;
  }

  /** The address of what a pointer at `offset` of `from` is to point to, which may be laid out here. */
  #point(
    from: ScopeBuffer,
    offset: number,
    value: unknown,
    layout: Layout | null,
    place: string,
  ): bigint {
    if (typeof value === "bigint") return BigInt.asUintN(64, value);
    const pointer = this.pointerOf(value) ?? {
      buffer: this.#own(from, value, layout, place),
      offset: 0,
    };
    pointer.buffer.assertLive();
    if (pointer.buffer.heap !== this) throw scopeErrors.foreignBuffer(pointer.buffer.label);
    from.pointers.set(offset, pointer);
    return BigInt(pointer.buffer.address + pointer.offset);
  }

  /** A value that is memory of a scope already. */
  pointerOf(value: unknown): BufferPointer | null {
    if (value instanceof ScopeBuffer) return { buffer: value, offset: 0 };
    const { buffer, offset } = (value ?? {}) as Partial<BufferPointer>;
    return buffer instanceof ScopeBuffer && offset !== undefined ? { buffer, offset } : null;
  }

  #own(from: ScopeBuffer, value: unknown, layout: Layout | null, place: string): ScopeBuffer {
    const nested = this.temporary(value, layout, from.name === null ? null : place, place);
    from.owned.push(nested);
    return nested;
  }

  /** Memory for a value that is given where a pointer is due: bytes, text, or what it points to. */
  temporary(
    value: unknown,
    layout: Layout | null,
    name: string | null,
    place: string,
  ): ScopeBuffer {
    if (layout === null) {
      const bytes = typeof value === "string" ? Buffer.from(value) : bytesOf(value);
      if (!bytes) throw scopeErrors.notPointer(place, value);
      return this.allocate(bytes, { name });
    }
    const bytes = bytesOf(value);
    if (bytes) return this.allocate(bytes, { name });
    const isData = typeof value === "object" || typeof value === "string";
    if (!isData || value === null) throw scopeErrors.notPointer(place, value);
    return this.#layOut(layout, value, name, place);
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
      word.writeBigUInt64LE(BigInt(target.address + offset));
      this.write(buffer.start + at, word);
    }
  }
}

/** Bytes, where `value` is some: a Buffer, any typed array, an ArrayBuffer. */
export function bytesOf(value: unknown): Uint8Array | null {
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return value instanceof ArrayBuffer ? new Uint8Array(value) : null;
}

function sized(layout: Extract<Layout, { kind: "array" }>, length: number): Layout {
  return { ...layout, length, size: layout.of.size * length };
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
