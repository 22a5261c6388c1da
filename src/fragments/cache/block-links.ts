import type { TraceeAddress } from "../../model/index.js";
import { Assembler } from "../../x86/encoding/assembler.js";
import type { Block, Exit } from "./block.js";
import type { CodeWrites } from "./code-writes.js";

/** How far a jump with a 32-bit displacement reaches, in bytes, less than its own length. */
const JUMP_REACH = 2 ** 31 - 64;

/** Has the exits of blocks lead to the blocks that are their targets, once these are translated. */
export class BlockLinks {
  /** Exits by target, linked or not. */
  readonly #exitsTo = new Map<TraceeAddress, Exit[]>();

  constructor(readonly writes: CodeWrites) {}

  /** `blocks`: all by their address, this one too. */
  add(block: Block, blocks: ReadonlyMap<TraceeAddress, Block>): void {
    for (const exit of block.exits) {
      if (!exit.links) continue;
      const others = this.#exitsTo.get(exit.target);
      if (others) others.push(exit);
      else this.#exitsTo.set(exit.target, [exit]);
      const target = blocks.get(exit.target);
      if (target) this.#link(exit, target);
    }
    for (const exit of this.#exitsTo.get(block.ip) ?? []) this.#link(exit, block);
  }

  clear(): void {
    this.#exitsTo.clear();
  }

  #link({ jumpAt, stub }: Exit, to: Block): void {
    if (Math.abs(to.at - jumpAt) < JUMP_REACH) return this.#jumpAt(jumpAt, to.at);
    const assembler = new Assembler(16);
    assembler.jumpTo(to.at);
    this.writes.write(stub, assembler.bytes.subarray(0, assembler.length));
  }

  /** Sets the 32-bit displacement at `place` so that it leads to `target`. */
  #jumpAt(place: number, target: number): void {
    const displacement = Buffer.alloc(4);
    displacement.writeInt32LE(target - (place + 4));
    this.writes.write(place, displacement);
  }
}
