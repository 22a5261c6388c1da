import type { TraceeAddress } from "../../model/index.js";
import { Assembler, Gpr64 } from "../../x86/encoding/assembler.js";
import { type Arena, hasRoom } from "./arenas.js";
import type { Block } from "./block.js";
import type { CodeWrites } from "./code-writes.js";
import { BRANCH_ENTRIES, BRANCH_TABLE, Slot } from "./thread-area.js";

const { rcx, r14 } = Gpr64;

/** Of the code of an entry, in bytes. */
const ENTRY_SIZE = 64;
const POINTER_SIZE = 8;

/**
 * The table of a thread's indirect branches. The low bits of a target select a place; that leads to
 * a chain of entries, each of which compares the whole address.
 */
export class BranchTable {
  /** Where each entry has the address of its block's code. */
  readonly #entries = new Map<TraceeAddress, number>();
  /** The first of the entries that a place of the table leads to. */
  readonly #heads = new Map<number, number>();
  #isFilled = false;

  /** `area`: the thread's slots. */
  constructor(
    readonly writes: CodeWrites,
    readonly area: number,
  ) {}

  get isFilled(): boolean {
    return this.#isFilled;
  }

  /** Empties the table: all branches go to `missed`. */
  fill(missTrap: number): void {
    this.#isFilled = true;
    this.#entries.clear();
    this.#heads.clear();
    const table = new BigUint64Array(BRANCH_ENTRIES).fill(BigInt(missTrap));
    this.writes.write(this.area + BRANCH_TABLE, Buffer.from(table.buffer));
  }

  /** Branches to a block, which lies in `arena`, go there from now on. */
  add({ ip, at }: Block, arena: Arena): void {
    this.#add(ip, at, arena);
  }

  /** Branches to `target` leave from now on, by the code of `arena`, until there is a block for it. */
  addLeaving(target: TraceeAddress, arena: Arena): void {
    this.#add(target, arena.leave, arena);
  }

  #add(target: TraceeAddress, to: number, arena: Arena): void {
    if (this.#entries.has(target) || !hasRoom(arena, ENTRY_SIZE)) return;
    const start = arena.start + arena.used;
    const slot = target % BRANCH_ENTRIES;
    const assembler = new Assembler(ENTRY_SIZE);
    assembler.loadNumber(rcx, -BigInt(target));
    assembler.leaSum(rcx, rcx, r14, 1, 0); // 0 if that is where the branch goes
    const hit = assembler.short(0xe3); // jrcxz
    assembler.jumpTo(this.#heads.get(slot) ?? arena.missTrap); // others with the same low bits
    assembler.land(hit);
    assembler.load(rcx, this.area + Slot.rcx);
    assembler.jumpTo(to);
    const targetAt = start + assembler.length - POINTER_SIZE;
    this.writes.append(start, assembler.bytes.subarray(0, assembler.length));
    arena.used += ENTRY_SIZE;
    this.#entries.set(target, targetAt);
    this.#heads.set(slot, start);
    this.#writePointer(this.area + BRANCH_TABLE + POINTER_SIZE * slot, start);
  }

  /** Updates the entry for the address of `block`, if there is one. */
  replace(block: Block): void {
    const entry = this.#entries.get(block.ip);
    if (entry !== undefined) this.#writePointer(entry, block.at);
  }

  #writePointer(place: number, to: number): void {
    const pointer = Buffer.alloc(POINTER_SIZE);
    pointer.writeBigUInt64LE(BigInt(to));
    this.writes.write(place, pointer);
  }
}
