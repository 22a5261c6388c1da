import { inspect } from "node:util";
import { FfiscopeError, toHex } from "../model/index.js";
import { type Layout, readValue } from "../values/index.js";
import { scopeErrors } from "./errors.js";

/** A place in a buffer: what native code is given is its address. */
export interface BufferPointer {
  readonly buffer: ScopeBuffer;
  /** In bytes, from the buffer's start. */
  readonly offset: number;
}

/** What a buffer is made from: what {@link ScopeBuffer} says of itself. */
export type BufferFacts = Pick<
  ScopeBuffer,
  "start" | "size" | "name" | "label" | "layout" | "serial"
>;

/** Where buffers lie: what a buffer needs of its scope's heap. Offsets and sizes in bytes. */
export interface BufferMemory {
  addressOf(offset: number): number;
  read(offset: number, size: number): Buffer;
  write(offset: number, bytes: Uint8Array): void;
  free(buffer: ScopeBuffer): void;
}

/**
 * Memory of a scope's traced heap, until it is freed. It outlives a crash: the fresh host has it with
 * what it held, at another address; pointers that `alloc` wrote into it are put right.
 */
export class ScopeBuffer<T = unknown> {
  /** Pointers that were written into it, by their offset: what each points to. */
  readonly pointers = new Map<number, BufferPointer>();
  /** Laid out with it, and freed with it. */
  readonly owned: ScopeBuffer[] = [];
  /** Something may have been written into it: not so of what was allocated without a value. */
  isWritten = true;
  #freed = false;

  /** From the start of the heap, in bytes. */
  readonly start: number;
  /** In bytes. */
  readonly size: number;
  /** Null: a call names it after its parameter. */
  readonly name: string | null;
  /** What messages call it. */
  readonly label: string;
  readonly layout: Layout | null;
  /** How many were allocated in its scope before it. */
  readonly serial: number;

  constructor(
    readonly heap: BufferMemory,
    { start, size, name, label, layout, serial }: BufferFacts,
  ) {
    this.start = start;
    this.size = size;
    this.name = name;
    this.label = label;
    this.layout = layout;
    this.serial = serial;
  }

  /** Where native code finds it now; elsewhere after a crash. */
  get address(): bigint {
    this.assertLive();
    return BigInt(this.heap.addressOf(this.start));
  }

  get freed(): boolean {
    return this.#freed;
  }

  /** A pointer into it, `offset` bytes from its start: an argument, or a value of a pointer. */
  at(offset: number): BufferPointer {
    this.#assertRange(offset, offset);
    return { buffer: this, offset };
  }

  /** A copy of bytes `[from, to)`. Rejects with BUFFER_RANGE, BUFFER_FREED. */
  async read(from = 0, to = this.size): Promise<Buffer> {
    this.#assertRange(from, to);
    return this.heap.read(this.start + from, to - from);
  }

  /**
   * What it holds, by its type: integers past 2^53 and addresses as BigInt, NULL as null. Rejects with
   * BUFFER_UNTYPED where it was allocated without one.
   */
  async value(): Promise<T> {
    if (!this.layout) {
      throw new FfiscopeError({
        code: "BUFFER_UNTYPED",
        message: `buffer '${this.label}' has no type`,
        remedy: "Use read() for its bytes, or allocate it with a type",
      });
    }
    const bytes = await this.read();
    return readValue(new DataView(bytes.buffer, bytes.byteOffset, this.size), this.layout, 0) as T;
  }

  /** Copies `bytes` (text as UTF-8, no NUL) to `offset`. Rejects with BUFFER_RANGE, BUFFER_FREED. */
  async write(bytes: Uint8Array | string, offset = 0): Promise<void> {
    const content = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    this.#assertRange(offset, offset + content.byteLength);
    this.heap.write(this.start + offset, content);
    this.isWritten = true;
  }

  /** Gives its memory back, and that of what was laid out with it. Rejects with BUFFER_FREED. */
  async free(): Promise<void> {
    this.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#freed) this.release();
  }

  [inspect.custom](): string {
    const place = this.#freed ? "freed" : `at ${toHex(this.address)}`;
    return `ScopeBuffer ${this.label} (${this.size} bytes, ${place})`;
  }

  /** As `free`, at once. */
  release(): void {
    this.assertLive();
    this.#freed = true;
    this.heap.free(this);
    for (const nested of this.owned) if (!nested.freed) nested.release();
  }

  /** Throws FfiscopeError BUFFER_FREED. */
  assertLive(): void {
    if (this.#freed) throw scopeErrors.freed(this.label);
  }

  #assertRange(from: number, to: number): void {
    this.assertLive();
    if (!(from >= 0 && from <= to && to <= this.size)) {
      throw scopeErrors.outside(this.label, from, to, this.size);
    }
  }
}
