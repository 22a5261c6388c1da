import type { Guard } from "../guard/guard.js";
import type { Pid, Tid, TraceeAddress } from "../model/index.js";
import type { SyscallEntry } from "../native/ptrace/ptrace.js";
import type { TraceeMemory } from "../native/remote/tracee-memory.js";

/** A syscall at its entry: its arguments, and the memory that they lead to. */
export class Call {
  constructor(
    readonly entry: SyscallEntry,
    readonly tid: Tid,
    readonly guard: Guard,
    readonly memory: TraceeMemory,
  ) {}

  get pid(): Pid {
    return this.memory.pid;
  }

  /** Argument `index` as an unsigned 64-bit number: an address, a size. */
  arg(index: number): number {
    return this.entry.args[index]!;
  }

  /** Argument `index` as an `unsigned int`. */
  uint(index: number): number {
    return this.entry.low[index]!;
  }

  /** Argument `index` as an `int`. */
  int(index: number): number {
    return this.entry.low[index]! | 0;
  }

  /** Up to `size` bytes at `address`; fewer where unmapped memory comes first. */
  bytes(address: number, size: number): Buffer {
    const into = Buffer.alloc(size);
    return into.subarray(0, this.memory.read(address as TraceeAddress, into));
  }

  /** A 32-bit word; 0 where nothing is mapped. */
  u32(address: number): number {
    const bytes = this.bytes(address, 4);
    return bytes.length === 4 ? bytes.readUInt32LE() : 0;
  }
}

/** A 64-bit word as a number; exact below 2^53. */
export function wordAt(bytes: Buffer, offset: number): number {
  return Number(bytes.readBigUInt64LE(offset));
}
