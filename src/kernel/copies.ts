import type { TraceeAddress } from "../model/index.js";
import type { TraceeMemory } from "../native/remote/tracee-memory.js";
import { FUTEX_PRIVATE, isElsewhere, type Placed, type Placement } from "./placement.js";
import type { Touch } from "./touches.js";

/** A buffer that the kernel only fills is copied in beforehand up to this size, in bytes. */
const MAX_FILLED_COPY_IN = 2 ** 16;

/** Moved at a time, in bytes. */
const CHUNK = 2 ** 20;

type Put = (address: TraceeAddress, bytes: Uint8Array) => void;

/** A call's copies, in scratch memory that begins at `base`. */
export class Copies {
  constructor(
    readonly placement: Placement,
    readonly memory: TraceeMemory,
    readonly base: TraceeAddress,
  ) {}

  /** The address that the kernel is given. */
  addressOf({ copy, address }: Placed): TraceeAddress {
    return (copy === null ? address : this.base + copy) as TraceeAddress;
  }

  /** Makes the copies. Pointers in them lead to where the kernel finds what they point to. */
  make(): void {
    for (const placed of this.placement.placed) this.#make(placed);
  }

  /** What the kernel left at an address that the program knows; zeros where nothing is mapped. */
  bytes(address: number, size: number): Buffer {
    const holds = ({ area }: Placed) =>
      address >= area.address && address + size <= area.address + area.size;
    // Areas may overlap, because some sizes are upper bounds: the shortest is the most exact.
    const [copy] = this.#copied(this.placement.placed)
      .filter(holds)
      .sort((a, b) => a.area.size - b.area.size);
    const at = copy ? this.addressOf(copy) + address - copy.area.address : address;
    const bytes = Buffer.alloc(size);
    this.memory.read(at as TraceeAddress, bytes);
    return bytes;
  }

  /**
   * Copies what the kernel wrote back to where the program looks for it, by way of `put`. Structures
   * that were used themselves get their pointers back.
   */
  takeBack(touches: readonly Touch[], put: Put): void {
    for (const { parts } of this.placement.placed) {
      for (const part of parts) {
        if (part.area.use === "kept") this.#exchange(part, ({ area }) => area.address);
      }
    }
    for (const { kind, placed, address, size } of touches) {
      if (kind !== "write" || placed.copy === null) continue;
      const offset = address - placed.area.address;
      this.#move(this.addressOf(placed) + offset, placed.address + offset, size, put);
    }
  }

  #make(placed: Placed): void {
    for (const part of placed.parts) this.#make(part);
    const { area, copy } = placed;
    if (area.use === "kept") this.#exchange(placed, (part) => this.addressOf(part));
    if (copy === null) return;
    const to = this.addressOf(placed);
    if (area.readable || area.size <= MAX_FILLED_COPY_IN) this.#move(area.address, to, area.size);
    for (const part of placed.parts.filter(isElsewhere)) this.#point(to, part);
  }

  /** Pointers in a structure that is used itself. */
  #exchange(placed: Placed, addressFor: (part: Placed) => number): void {
    for (const part of placed.parts.filter(isElsewhere)) {
      this.#putPointer(this.addressOf(placed) + part.area.slot, addressFor(part));
    }
  }

  #putPointer(at: number, address: number): void {
    const pointer = Buffer.alloc(8);
    pointer.writeBigUInt64LE(BigInt(address));
    this.memory.write(at as TraceeAddress, pointer);
  }

  /** Puts a part's address, and a futex's flag, into the copy at `to`. */
  #point(to: TraceeAddress, part: Placed): void {
    this.#putPointer(to + part.area.slot, this.addressOf(part));
    const flag = part.area.privateFlag;
    if (!flag || !("offset" in flag)) return;
    const at = (to + flag.offset) as TraceeAddress;
    const low = Buffer.alloc(1);
    this.memory.read(at, low);
    low[0]! &= ~FUTEX_PRIVATE;
    this.memory.write(at, low);
  }

  #move(
    from: number,
    to: number,
    size: number,
    put: Put = (address, bytes) => this.memory.write(address, bytes),
  ): void {
    const chunk = Buffer.alloc(Math.min(size, CHUNK));
    for (let done = 0; done < size; done += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, size - done));
      const length = this.memory.read((from + done) as TraceeAddress, part);
      put((to + done) as TraceeAddress, part.subarray(0, length));
    }
  }

  #copied(placed: readonly Placed[]): Placed[] {
    return placed.flatMap((one) => [
      ...(one.copy === null ? [] : [one]),
      ...this.#copied(one.parts),
    ]);
  }
}
