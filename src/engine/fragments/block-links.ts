import type { TraceeAddress } from "../../model/index.js";
import type { TraceeMemory } from "../../native/index.js";
import { Assembler } from "./assembler.js";
import type { Block } from "./block.js";

/** How far a jump with a 32-bit displacement reaches, in bytes, less than its own length. */
const JUMP_REACH = 2 ** 31 - 64;

/** Has the exits of blocks lead to the blocks that are their targets, once these are translated. */
export class BlockLinks {
  /** By number. */
  readonly #exits: { readonly block: Block; readonly index: number }[] = [];
  /** Exits by target, linked or not. */
  readonly #exitsTo = new Map<TraceeAddress, number[]>();
  #nextNumber = 0;

  constructor(readonly memory: TraceeMemory) {}

  /** The number of the next exit that is made. They are to be added in this order. */
  nextNumber(): number {
    return this.#nextNumber++;
  }

  /** The target of an exit by its number. */
  targetOf(number: number): TraceeAddress | null {
    const exit = this.#exits[number];
    return exit ? exit.block.exits[exit.index]!.target : null;
  }

  /** `blocks`: all by their address, this one too. */
  add(block: Block, blocks: ReadonlyMap<TraceeAddress, Block>): void {
    for (const [index, exit] of block.exits.entries()) {
      if (!exit.links) continue;
      const number = this.#exits.push({ block, index }) - 1;
      const others = this.#exitsTo.get(exit.target);
      if (others) others.push(number);
      else this.#exitsTo.set(exit.target, [number]);
      const target = blocks.get(exit.target);
      if (target) this.#link(block, index, target);
    }
    for (const number of this.#exitsTo.get(block.ip) ?? []) {
      const { block: from, index } = this.#exits[number]!;
      this.#link(from, index, block);
    }
  }

  clear(): void {
    this.#exits.length = 0;
    this.#exitsTo.clear();
    this.#nextNumber = 0;
  }

  #link(from: Block, index: number, to: Block): void {
    const { jumpAt, stub } = from.exits[index]!;
    if (Math.abs(to.at - jumpAt) < JUMP_REACH) return this.#jumpAt(jumpAt, to.at);
    const assembler = new Assembler(16);
    assembler.jumpTo(to.at);
    this.memory.write(stub as TraceeAddress, assembler.bytes.subarray(0, assembler.length));
  }

  /** Sets the 32-bit displacement at `place` so that it leads to `target`. */
  #jumpAt(place: number, target: number): void {
    const displacement = Buffer.alloc(4);
    displacement.writeInt32LE(target - (place + 4));
    this.memory.write(place as TraceeAddress, displacement);
  }
}
