import type { Tid, TraceeAddress } from "../../model/index.js";
import { PROT_EXEC, PROT_READ } from "../../native/memory/maps.js";
import { MAP_ANONYMOUS, MAP_FIXED_NOREPLACE, MAP_PRIVATE } from "../../native/memory/mmap.js";
import { SYS_MMAP } from "../../native/syscall-numbers.js";
import { Assembler, Gpr64 } from "../../x86/encoding/assembler.js";
import type { Block } from "./block.js";
import { freeSpaceNear } from "./free-space.js";
import type { Injector } from "./injector.js";
import { Slot, TOWARDS_TARGET } from "./thread-area.js";

const { rcx, r14, r15 } = Gpr64;

/** Privileged: it raises SIGSEGV. */
const HLT = 0xf4;
const NOP = 0x90;
/** Of code, in bytes. */
const ARENA_SIZE = 4 << 20;
/** Code reaches 2 GiB with its 32-bit displacements; libraries are up to 128 MiB long. */
const REACH = 2 ** 31 - 2 ** 27;
/** The code at an arena's start, for ways in and out, in bytes. */
const PREAMBLE = 256;

/** Memory for code, near the program's. */
export interface Arena {
  readonly start: number;
  /** In bytes. */
  used: number;
  /** Code that goes to the block in {@link Slot.entry}. */
  readonly enter: number;
  /** The same, from one that has come to {@link missed}. */
  readonly proceed: number;
  /**
   * Where branches lead whose targets are not translated: `hlt`, which faults, if misses are to
   * trap.
   */
  readonly missTrap: number;
  /** Code that leaves for that target. */
  readonly leave: number;
  /** In order of address. */
  readonly blocks: Block[];
}

/** The arenas of one thread. */
export class Arenas {
  readonly #all: Arena[] = [];
  #traps = false;

  /** `area`: the thread's slots. */
  constructor(
    readonly code: Injector,
    readonly area: number,
  ) {}

  get first(): Arena | undefined {
    return this.#all[0];
  }

  /** One that reaches `ip` and has `room` bytes left. */
  near(ip: number, room: number): Arena | undefined {
    return this.#all.find((arena) => Math.abs(arena.start - ip) < REACH && hasRoom(arena, room));
  }

  /** The one that `address` lies in. */
  at(address: number): Arena | undefined {
    return this.#all.find(({ start }) => address >= start && address < start + ARENA_SIZE);
  }

  /** Makes one near `ip`, with system calls on the borrowed thread `tid`. Null where there is no space. */
  make(tid: Tid, ip: number): Arena | null {
    const { mappings } = this.code;
    mappings.renew(tid);
    const start = freeSpaceNear(ip, ARENA_SIZE, REACH, mappings);
    if (start === null) return null;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    const protection = PROT_READ | PROT_EXEC;
    const got = this.code.quietSyscall(tid, SYS_MMAP, start, ARENA_SIZE, protection, flags, -1, 0);
    if (got !== start) return null;
    const assembler = new Assembler(PREAMBLE);
    this.#enterCode(assembler);
    const proceed = start + assembler.length;
    assembler.load(rcx, this.area + Slot.rcx);
    assembler.jumpThrough(this.area + Slot.entry);
    const missTrap = start + assembler.length;
    assembler.raw(this.#traps ? HLT : NOP);
    const leave = start + assembler.length;
    this.#leaveCode(assembler);
    const bytes = assembler.bytes.subarray(0, assembler.length);
    this.code.memory.write(start as TraceeAddress, bytes);
    const ways = { enter: start, proceed, missTrap, leave };
    const arena = { start, used: PREAMBLE, ...ways, blocks: [] };
    this.#all.push(arena);
    return arena;
  }

  /** All blocks. */
  get blocks(): Block[] {
    return this.#all.flatMap((arena) => arena.blocks);
  }

  /** Whether branches whose targets are not translated trap. If not, they leave the fragments. */
  setTrapping(onMisses: boolean): void {
    if (onMisses === this.#traps) return;
    this.#traps = onMisses;
    for (const { missTrap } of this.#all) {
      this.code.memory.write(missTrap as TraceeAddress, Uint8Array.of(onMisses ? HLT : NOP));
    }
  }

  /** `address` is in an arena's code that leaves for where a branch goes. */
  isLeaving(address: number): boolean {
    const arena = this.at(address);
    return arena !== undefined && address >= arena.leave && address < arena.start + PREAMBLE;
  }

  /** They are empty again. */
  clear(): void {
    for (const arena of this.#all) {
      arena.used = PREAMBLE;
      arena.blocks.length = 0;
    }
  }

  #enterCode(assembler: Assembler): void {
    assembler.load(r14, this.area + Slot.bias + 8);
    assembler.raw(0xf3, 0x49, 0x0f, 0xae, 0xde); // wrgsbase r14
    assembler.jumpThrough(this.area + Slot.entry);
  }

  /** To the target in r14. */
  #leaveCode(assembler: Assembler): void {
    const { area } = this;
    assembler.load(rcx, area + Slot.rcx);
    assembler.save(r14, area + Slot.target);
    assembler.save(r15, area + Slot.log);
    assembler.load(r15, area + Slot.r15);
    assembler.saveNumber(TOWARDS_TARGET, area + Slot.exit);
    assembler.load(r14, area + Slot.r14);
    assembler.jumpThrough(area + Slot.target);
  }
}

/** For `room` bytes of code. */
export function hasRoom({ used }: Arena, room: number): boolean {
  return used + room <= ARENA_SIZE;
}
