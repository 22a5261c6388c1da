import { FfiscopeError, type Tid, type TraceeAddress } from "../../model/index.js";
import { writeRegister } from "../../native/ptrace/ptrace.js";
import { Reg, type RegisterFile } from "../../native/ptrace/registers.js";
import { ThreadLog } from "../log/thread-log.js";
import { LONGEST_BLOCK } from "../translate/code-source.js";
import { Arenas } from "./arenas.js";
import type { Block } from "./block.js";
import { BlockLinks } from "./block-links.js";
import { BranchTable } from "./branch-table.js";
import { CodeWrites } from "./code-writes.js";
import type { Injector } from "./injector.js";
import { type Place, placeIn } from "./place.js";
import { NO_EXIT, PAGE_MASK, SLOTS_SIZE, Slot } from "./thread-area.js";
import { mapThreadMemory } from "./thread-memory.js";

/** Blocks begin at multiples of this, in bytes. */
const ALIGNMENT = 16;

/**
 * The fragments of one thread: their code, their slots and their log. No other thread runs them, so
 * they can be changed whenever their thread is stopped.
 */
export class CodeCache {
  readonly blocks = new Map<TraceeAddress, Block>();
  readonly area: number;
  readonly log: ThreadLog;
  readonly #writes: CodeWrites;
  readonly #arenas: Arenas;
  readonly #links: BlockLinks;
  readonly #branches: BranchTable;
  #distance: number | null = null;

  /** Runs system calls on the borrowed thread `tid`. */
  constructor(
    readonly code: Injector,
    tid: Tid,
  ) {
    const { area, logs } = mapThreadMemory(code, tid);
    this.area = area;
    this.log = new ThreadLog(logs);
    this.#writes = new CodeWrites(code.memory);
    this.#arenas = new Arenas(code, area);
    this.#links = new BlockLinks(this.#writes);
    this.#branches = new BranchTable(this.#writes, area);
    const mask = Buffer.alloc(8);
    mask.writeBigUInt64LE(PAGE_MASK);
    this.#write(area + Slot.pageMask, mask);
  }

  /** From guarded memory to its other view, in bytes: the gs base in fragments. Null before the first. */
  get distance(): number | null {
    return this.#distance;
  }

  /** The thread must not be in a fragment. */
  setDistance(distance: number): void {
    if (distance === this.#distance) return;
    this.#distance = distance;
    const bias = Buffer.alloc(8);
    bias.writeBigInt64LE(BigInt(distance));
    this.#write(this.area + Slot.bias + 8, bias);
  }

  /** There is room for `size` bytes of code near `ip`. */
  hasRoom(ip: number, size: number): boolean {
    return this.#arenas.near(ip, size) !== undefined;
  }

  /** Makes such room; system calls as above. False where there is none. */
  makeRoom(tid: Tid, ip: number, size: number): boolean {
    if (this.hasRoom(ip, size)) return true;
    const arena = this.#arenas.make(tid, ip);
    if (arena === null) return false;
    if (!this.#branches.isFilled) this.#branches.fill(arena.missTrap);
    return true;
  }

  /** Where the next block for `ip` will lie; there is room for `size` bytes. */
  placeFor(ip: number, size: number): number {
    const arena = this.#arenas.near(ip, size);
    if (!arena) {
      throw new FfiscopeError({ code: "INTERNAL", message: "a block without room for its code" });
    }
    return arena.start + arena.used;
  }

  /** Writes the blocks that `work` adds, all at once when it returns. */
  addTogether(work: () => void): void {
    this.#writes.collect(work);
  }

  /** Adds a block, replacing one for the same address, and links it. */
  add(block: Block, code: Uint8Array): void {
    const arena = this.#arenas.at(block.at)!;
    this.#writes.append(block.at, code);
    arena.used = Math.ceil((arena.used + code.length) / ALIGNMENT) * ALIGNMENT;
    arena.blocks.push(block);
    this.blocks.set(block.ip, block);
    this.#links.add(block, this.blocks);
    this.#branches.replace(block);
  }

  /** The blocks that have the instruction at `ip`. */
  blocksWith(ip: TraceeAddress): Block[] {
    const found: Block[] = [];
    for (let start = ip; start > ip - LONGEST_BLOCK; start = (start - 1) as TraceeAddress) {
      const block = this.blocks.get(start);
      if (block?.ips.includes(ip)) found.push(block);
    }
    return found;
  }

  /** Indirect branches to a block go there from now on. */
  enterIndirectly(block: Block): void {
    this.#branches.add(block, this.#arenas.at(block.at)!);
  }

  /** Sets a thread's registers so that it runs `block` next. */
  enterAt(block: Block, registers: RegisterFile): void {
    const { words } = registers;
    const slots = Buffer.alloc(24);
    slots.writeBigUInt64LE(words[Reg.r14]!, Slot.r14);
    slots.writeBigUInt64LE(words[Reg.r15]!, Slot.r15);
    slots.writeBigUInt64LE(BigInt(block.at), Slot.entry);
    this.#write(this.area, slots);
    words[Reg.r15] = BigInt(this.log.next);
    registers.forgetSyscall();
    registers.ip = this.#arenas.at(block.at)!.enter as TraceeAddress;
  }

  /** Whether branches whose targets are not translated trap. */
  setTrapping(onMisses: boolean): void {
    this.#arenas.setTrapping(onMisses);
  }

  /** A thread has trapped at a branch whose target is not translated: an indirect-branch miss. */
  isMissTrap(address: number): boolean {
    return this.#arenas.at(address)?.missTrap === address;
  }

  /** Has a thread at a miss go on with the block for its target. */
  proceed({ at }: Block, { ip }: RegisterFile, tid: Tid): void {
    const entry = Buffer.alloc(8);
    entry.writeBigUInt64LE(BigInt(at));
    this.#write(this.area + Slot.entry, entry);
    writeRegister(tid, Reg.rip, this.#arenas.at(ip)!.proceed);
  }

  /** Has a thread at a miss leave the fragments for its target. */
  leave({ ip }: RegisterFile, tid: Tid): void {
    writeRegister(tid, Reg.rip, this.#arenas.at(ip)!.leave);
  }

  /** Has all branches to `target` leave without a trap. `ip`: of a thread at a miss for it. */
  addLeavingTarget(target: TraceeAddress, { ip }: RegisterFile): void {
    this.#branches.addLeaving(target, this.#arenas.at(ip)!);
  }

  readSlots(): Buffer {
    const slots = Buffer.alloc(SLOTS_SIZE);
    this.code.memory.fill(this.area as TraceeAddress, slots);
    return slots;
  }

  forgetExit(): void {
    const none = Buffer.alloc(4);
    none.writeInt32LE(NO_EXIT);
    this.#write(this.area + Slot.exit, none);
  }

  /** `address` is in the code by which branches leave the fragments. */
  isLeaving(address: number): boolean {
    return this.#arenas.isLeaving(address);
  }

  /** A block by its number; also one that another has replaced, for the thread may be in it. */
  blockOf(id: number): Block | null {
    return this.#arenas.blocks.find((block) => block.id === id) ?? null;
  }

  contains(address: number): boolean {
    return this.#arenas.at(address) !== undefined;
  }

  /** What the code at `address` is for; null between blocks. */
  locate(address: number): Place | null {
    const arena = this.#arenas.at(address);
    return arena ? placeIn(arena.blocks, address) : null;
  }

  /** Forgets all code. The thread must not be in it. */
  clear(): Block[] {
    const { blocks } = this.#arenas;
    this.#arenas.clear();
    this.blocks.clear();
    this.#links.clear();
    const first = this.#arenas.first;
    if (first) this.#branches.fill(first.missTrap);
    return blocks;
  }

  #write(address: number, bytes: Uint8Array): void {
    this.code.memory.write(address as TraceeAddress, bytes);
  }
}
