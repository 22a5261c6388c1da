import { parseType } from "../prototype/index.js";
import { laidOut, libraryShown, nulBytes, readValue } from "../values/index.js";
import { scopeErrors } from "./errors.js";
import type { Host } from "./host.js";
import { HostMemory } from "./host-memory.js";
import type { BufferPointer, ScopeBuffer } from "./scope-buffer.js";
import type { ScopeHeap } from "./scope-heap.js";
import { type DataRequest, symbolAddress } from "./symbol-address.js";

/** Where memory of the host is: an address, or memory of the scope. */
export type MemoryPlace = bigint | ScopeBuffer | BufferPointer;

/** Reads and writes memory of one host, between calls. */
export class ScopeMemory {
  readonly #memory: HostMemory;

  constructor(
    private readonly host: Host,
    private readonly heap: ScopeHeap,
    /** What the last write of each data points to. */
    private readonly written: Map<string, ScopeBuffer>,
  ) {
    this.#memory = new HostMemory(host, heap);
  }

  read(place: MemoryPlace, length: number): Buffer {
    return this.#memory.read(this.#addressOf(place, "read"), length);
  }

  text(place: MemoryPlace, type: string): string {
    const { element, lengths } = parseType(type);
    const size = lengths.length === 0 ? nulBytes(element) : 0;
    if (size === 0) throw scopeErrors.notTextType(libraryShown(type));
    return this.#memory.text(this.#addressOf(place, "text"), size);
  }

  locate(request: DataRequest): Promise<bigint> {
    return symbolAddress(this.host, this.heap, request);
  }

  async readData(request: DataRequest): Promise<unknown> {
    const { layout } = request;
    const bytes = this.#memory.read(await this.locate(request), layout.size);
    return readValue(new DataView(bytes.buffer, bytes.byteOffset, layout.size), layout, 0);
  }

  async writeData(request: DataRequest, value: unknown): Promise<void> {
    const { library, name, layout } = request;
    const laid = laidOut(this.heap.rules, layout, value, { name, text: name });
    const address = await this.locate(request);
    const buffer = this.heap.place(laid, name);
    this.#memory.write(address, this.heap.read(buffer.start, buffer.size));
    const key = `${library}:${name}`;
    const before = this.written.get(key);
    if (before && !before.freed) before.release();
    this.written.set(key, buffer);
  }

  #addressOf(place: MemoryPlace, what: string): bigint {
    if (typeof place === "bigint") return place;
    const pointer = this.heap.pointerOf(place);
    if (!pointer) throw scopeErrors.notAddress(what, libraryShown(place));
    if (pointer.buffer.heap !== this.heap) throw scopeErrors.foreignBuffer(pointer.buffer.label);
    return pointer.buffer.address + BigInt(pointer.offset);
  }
}
