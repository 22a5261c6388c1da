import { FfiscopeError, type Tid, type TraceeAddress } from "../../model/index.js";
import {
  type Mapping,
  PROT_EXEC,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
  Reg,
  type RegisterFile,
  type RemoteCall,
  type RemoteCode,
  readMappings,
  SystemError,
} from "../../native/index.js";
import { Assembler, Gpr64 } from "./assembler.js";
import type { Block, FaultPoint } from "./block.js";
import {
  BRANCH_ENTRIES,
  BRANCH_TABLE,
  INDIRECT_EXIT,
  NO_EXIT,
  PAGE_MASK,
  SLOTS_SIZE,
  Slot,
  THREAD_AREA_SIZE,
} from "./thread-area.js";

const { rcx, r14, r15 } = Gpr64;

// mmap(2)
const SYS_MMAP = 9; // asm/unistd_64.h
const SYS_MADVISE = 28;
const MADV_HUGEPAGE = 14; // madvise(2)
const MAP_PRIVATE = 0x02;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_32BIT = 0x40;
const MAP_NORESERVE = 0x4000;
const MAP_FIXED_NOREPLACE = 0x100000;

/** Of code, in bytes. */
const ARENA_SIZE = 4 << 20;
/** Code reaches 2 GiB with its 32-bit displacements; libraries are up to 128 MiB long. */
const REACH = 2 ** 31 - 2 ** 27;
/** Of the log of one thread, in bytes: only what is used takes memory. */
export const LOG_SIZE = 64 << 20;
const PAGE = 4096;
/** In bytes. The log is written from its beginning, so that one in place of 512 pages is no waste. */
const HUGE_PAGE = 2 << 20;
/** What an arena begins with: ways in and out. */
const PREAMBLE = 256;

/** Memory for code, near the program's. */
interface Arena {
  readonly start: number;
  used: number;
  readonly enter: number;
  readonly missed: number;
  /** In order of address. */
  readonly blocks: Block[];
}

/** A place in the code of a block. */
export interface Place {
  readonly block: Block;
  /** In the block's code. */
  readonly offset: number;
  /** The instruction whose code it lies in. */
  readonly instruction: number;
  /** It is where that code begins. */
  readonly isStart: boolean;
  readonly fault: FaultPoint | null;
}

/**
 * The fragments of one thread: their code, what they keep, and their log. No other thread runs them,
 * so they change while their thread is stopped.
 */
export class CodeCache {
  readonly blocks = new Map<TraceeAddress, Block>();
  readonly area: number;
  readonly log: number;
  readonly logEnd: number;
  /** Up to here the log has been read. */
  taken: number;
  readonly #arenas: Arena[] = [];
  /** By number. */
  readonly #exits: { readonly block: Block; readonly index: number }[] = [];
  /** Exits by target, linked or not. */
  readonly #exitsTo = new Map<TraceeAddress, number[]>();
  /** Where each entry for indirect branches has the address of its block's code. */
  readonly #entries = new Map<TraceeAddress, number>();
  /** The first of the entries that a place of the branch table leads to. */
  readonly #heads = new Map<number, number>();
  #hasBranchTable = false;
  #nextExit = 0;

  #distance: number | null = null;

  /** Runs system calls on the borrowed thread `tid`. */
  constructor(
    readonly code: RemoteCode,
    tid: Tid,
  ) {
    const anonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    const map = (at: number, size: number, protection: number, flags: number): RemoteCall => ({
      number: SYS_MMAP,
      args: [at, size, protection, flags, -1, 0],
    });
    const readWrite = PROT_READ | PROT_WRITE;
    const [area, reserved] = made(
      code.syscalls(tid, [
        map(0, THREAD_AREA_SIZE, readWrite, anonymous | MAP_32BIT),
        map(0, LOG_SIZE + HUGE_PAGE + PAGE, PROT_NONE, anonymous),
      ]),
    );
    this.area = area!;
    this.log = Math.ceil(reserved! / HUGE_PAGE) * HUGE_PAGE;
    this.logEnd = this.log + LOG_SIZE;
    this.taken = this.log;
    const [log] = code.syscalls(tid, [
      map(this.log, LOG_SIZE, readWrite, anonymous | MAP_FIXED),
      { number: SYS_MADVISE, args: [this.log, LOG_SIZE, MADV_HUGEPAGE] }, // if there are any
    ]);
    made([log!]);
    const mask = Buffer.alloc(8);
    mask.writeBigUInt64LE(PAGE_MASK);
    this.#write(this.area + Slot.pageMask, mask);
  }

  /** From guarded memory to its other view, in bytes. The thread must not be in a fragment. */
  setDistance(distance: number): void {
    if (distance === this.#distance) return;
    this.#distance = distance;
    const bias = Buffer.alloc(8);
    bias.writeBigInt64LE(BigInt(distance));
    this.#write(this.area + Slot.bias + 8, bias);
  }

  /** There is room for `size` bytes of code near `ip`. */
  hasRoom(ip: number, size: number): boolean {
    return this.#arenaNear(ip, size) !== undefined;
  }

  /** Makes such room; system calls as above. False where there is none. */
  makeRoom(tid: Tid, ip: number, size: number): boolean {
    if (this.hasRoom(ip, size)) return true;
    const start = freeSpaceNear(ip, readMappings(tid));
    if (start === null) return false;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    const protection = PROT_READ | PROT_EXEC;
    const got = this.code.quietSyscall(tid, SYS_MMAP, start, ARENA_SIZE, protection, flags, -1, 0);
    if (got !== start) return false;
    const assembler = new Assembler(PREAMBLE);
    assembler.load(r14, this.area + Slot.bias + 8);
    assembler.raw(0xf3, 0x49, 0x0f, 0xae, 0xde); // wrgsbase r14
    assembler.jumpThrough(this.area + Slot.entry);
    const missed = start + assembler.length;
    this.#missedCode(assembler);
    this.#write(start, assembler.bytes.subarray(0, assembler.length));
    this.#arenas.push({ start, used: PREAMBLE, enter: start, missed, blocks: [] });
    if (!this.#hasBranchTable) this.#fillBranchTable(missed);
    return true;
  }

  /** Where the next block for `ip` will lie; there is room for `size` bytes. */
  placeFor(ip: number, size: number): number {
    const arena = this.#arenaNear(ip, size);
    if (!arena) {
      throw new FfiscopeError({ code: "INTERNAL", message: "a block without room for its code" });
    }
    return arena.start + arena.used;
  }

  nextExit(): number {
    return this.#nextExit++;
  }

  /** Takes a block in, in place of one with the same address, and links it. */
  add(block: Block, code: Uint8Array): void {
    const arena = this.#arenaAt(block.at)!;
    this.#write(block.at, code);
    arena.used = Math.ceil((arena.used + code.length) / 16) * 16;
    arena.blocks.push(block);
    this.blocks.set(block.ip, block);
    for (const [index, exit] of block.exits.entries()) {
      if (!exit.links) continue;
      const number = this.#exits.push({ block, index }) - 1;
      const others = this.#exitsTo.get(exit.target);
      if (others) others.push(number);
      else this.#exitsTo.set(exit.target, [number]);
      const target = this.blocks.get(exit.target);
      if (target) this.#link(block, index, target);
    }
    for (const number of this.#exitsTo.get(block.ip) ?? []) {
      const { block: from, index } = this.#exits[number]!;
      this.#link(from, index, block);
    }
    const entry = this.#entries.get(block.ip);
    if (entry !== undefined) this.#writePointer(entry, block.at);
  }

  /** The blocks that have the instruction at `ip`. */
  blocksWith(ip: TraceeAddress): Block[] {
    return [...this.blocks.values()].filter((block) => block.ips.includes(ip));
  }

  /** The target of an exit by its number. */
  exitTarget(number: number): TraceeAddress | null {
    const exit = this.#exits[number];
    return exit ? exit.block.exits[exit.index]!.target : null;
  }

  /** Indirect branches to a block go there from now on. */
  enterIndirectly(block: Block): void {
    if (this.#entries.has(block.ip)) return;
    const arena = this.#arenaAt(block.at)!;
    if (arena.used + ENTRY_SIZE > ARENA_SIZE) return;
    const start = arena.start + arena.used;
    const slot = block.ip % BRANCH_ENTRIES;
    const assembler = new Assembler(ENTRY_SIZE);
    assembler.loadNumber(rcx, -BigInt(block.ip));
    assembler.leaSum(rcx, rcx, r14, 1, 0); // 0 if the address is that of the block
    const hit = assembler.short(0xe3); // jrcxz
    assembler.jumpTo(this.#heads.get(slot) ?? arena.missed); // others with the same low bits
    assembler.land(hit);
    assembler.load(rcx, this.area + Slot.rcx);
    assembler.jumpTo(block.at);
    const targetAt = start + assembler.length - POINTER_SIZE;
    this.#write(start, assembler.bytes.subarray(0, assembler.length));
    arena.used += ENTRY_SIZE;
    this.#entries.set(block.ip, targetAt);
    this.#heads.set(slot, start);
    this.#writePointer(this.area + BRANCH_TABLE + POINTER_SIZE * slot, start);
  }

  /** Sets a thread's registers so that it runs `block` next. */
  enterAt(block: Block, registers: RegisterFile): void {
    const { words } = registers;
    const slots = Buffer.alloc(24);
    slots.writeBigUInt64LE(words[Reg.r14]!, Slot.r14);
    slots.writeBigUInt64LE(words[Reg.r15]!, Slot.r15);
    slots.writeBigUInt64LE(BigInt(block.at), Slot.entry);
    this.#write(this.area, slots);
    words[Reg.r15] = BigInt(this.log);
    this.taken = this.log;
    words[Reg.origRax] = 2n ** 64n - 1n; // no syscall is to be made again
    registers.ip = this.#arenaAt(block.at)!.enter as TraceeAddress;
  }

  readSlots(): Buffer {
    const slots = Buffer.alloc(SLOTS_SIZE);
    this.code.memory.read(this.area as TraceeAddress, slots);
    return slots;
  }

  forgetExit(): void {
    const none = Buffer.alloc(4);
    none.writeInt32LE(NO_EXIT);
    this.#write(this.area + Slot.exit, none);
  }

  /** In the code that leaves for where an indirect branch goes. */
  isMissing(address: number): boolean {
    const arena = this.#arenaAt(address);
    return arena !== undefined && address >= arena.missed && address < arena.start + PREAMBLE;
  }

  /** A block by its number. */
  blockOf(id: number): Block | null {
    for (const { blocks } of this.#arenas) {
      const block = blocks.find((one) => one.id === id);
      if (block) return block;
    }
    return null;
  }

  contains(address: number): boolean {
    return this.#arenaAt(address) !== undefined;
  }

  /** What the code at `address` is for; null between blocks. */
  locate(address: number): Place | null {
    const blocks = this.#arenaAt(address)?.blocks;
    if (!blocks) return null;
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (blocks[middle]!.at <= address) low = middle + 1;
      else high = middle;
    }
    const block = blocks[low - 1];
    if (!block || address >= block.at + block.size) return null;
    const offset = address - block.at;
    let instruction = block.starts.length - 1;
    while (instruction > 0 && block.starts[instruction]! > offset) instruction--;
    return {
      block,
      offset,
      instruction,
      isStart: block.starts[instruction] === offset,
      fault: block.faultPoints.find((point) => point.offset === offset) ?? null,
    };
  }

  /** Forgets all code. The thread must not be in it. */
  clear(): Block[] {
    const blocks = this.#arenas.flatMap((arena) => arena.blocks);
    for (const arena of this.#arenas) {
      arena.used = PREAMBLE;
      arena.blocks.length = 0;
    }
    this.blocks.clear();
    this.#exits.length = 0;
    this.#exitsTo.clear();
    this.#entries.clear();
    this.#heads.clear();
    this.#nextExit = 0;
    if (this.#arenas[0]) this.#fillBranchTable(this.#arenas[0].missed);
    return blocks;
  }

  #link(from: Block, index: number, to: Block): void {
    const { jumpAt, stub } = from.exits[index]!;
    if (Math.abs(to.at - jumpAt) < 2 ** 31 - 64) return this.#jumpAt(jumpAt, to.at);
    const assembler = new Assembler(16);
    assembler.jumpTo(to.at);
    this.#write(stub, assembler.bytes.subarray(0, assembler.length));
  }

  /** Sets the 32-bit displacement at `place` so that it leads to `target`. */
  #jumpAt(place: number, target: number): void {
    const displacement = Buffer.alloc(4);
    displacement.writeInt32LE(target - (place + 4));
    this.#write(place, displacement);
  }

  #writePointer(place: number, to: number): void {
    const pointer = Buffer.alloc(POINTER_SIZE);
    pointer.writeBigUInt64LE(BigInt(to));
    this.#write(place, pointer);
  }

  #fillBranchTable(missed: number): void {
    this.#hasBranchTable = true;
    this.#write(
      this.area + BRANCH_TABLE,
      Buffer.from(new BigUint64Array(BRANCH_ENTRIES).fill(BigInt(missed)).buffer),
    );
  }

  /** An indirect branch whose target, in r14, is not translated. */
  #missedCode(assembler: Assembler): void {
    const { area } = this;
    assembler.load(rcx, area + Slot.rcx);
    assembler.save(r14, area + Slot.target);
    assembler.save(r15, area + Slot.log);
    assembler.load(r15, area + Slot.r15);
    assembler.saveNumber(INDIRECT_EXIT, area + Slot.exit);
    assembler.load(r14, area + Slot.r14);
    assembler.jumpThrough(area + Slot.target);
  }

  #arenaNear(ip: number, room: number): Arena | undefined {
    return this.#arenas.find(
      ({ start, used }) => Math.abs(start - ip) < REACH && used + room <= ARENA_SIZE,
    );
  }

  #arenaAt(address: number): Arena | undefined {
    return this.#arenas.find(({ start }) => address >= start && address < start + ARENA_SIZE);
  }

  #write(address: number, bytes: Uint8Array): void {
    this.code.memory.write(address as TraceeAddress, bytes);
  }
}

/** Results of mmap(2). Throws SystemError where one failed. */
function made(results: readonly number[]): readonly number[] {
  const failed = results.find((result) => result < 0);
  if (failed !== undefined) throw new SystemError("mmap in the tracee", -failed);
  return results;
}

/** Of the code of an entry for indirect branches, in bytes. */
const ENTRY_SIZE = 64;
const POINTER_SIZE = 8;

/** Left behind a mapping, which may be a heap that grows, where there is enough. In bytes. */
const ROOM_TO_GROW = 64 << 20;

/** Where an arena fits that reaches `ip`; null if nowhere. Behind a mapping, with a gap. */
function freeSpaceNear(ip: number, mappings: readonly Mapping[]): number | null {
  const GAP = 1 << 16;
  let best: number | null = null;
  for (let i = 0; i + 1 < mappings.length; i++) {
    const [after, before] = [mappings[i]!.end, mappings[i + 1]!.start];
    if (before - after < ARENA_SIZE + 2 * GAP) continue;
    // Near the lower mapping, which may be a heap that grows, and near the upper.
    for (const start of [after + ROOM_TO_GROW, after + GAP, before - ARENA_SIZE - GAP]) {
      if (start < after + GAP || start + ARENA_SIZE + GAP > before) continue;
      if (Math.abs(start - ip) >= REACH) continue;
      if (best === null || Math.abs(start - ip) < Math.abs(best - ip)) best = start;
    }
  }
  return best;
}
