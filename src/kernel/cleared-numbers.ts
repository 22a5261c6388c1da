import type { Tid, TraceeAddress } from "../model/index.js";
import type { SyscallEntry } from "../native/ptrace/ptrace.js";
import type { TraceeMemory } from "../native/remote/tracee-memory.js";
import { SYS_CLONE, SYS_CLONE3, SYS_SET_TID_ADDRESS } from "../native/syscall-numbers.js";
import { wordAt } from "./call.js";

const CLONE_CHILD_CLEARTID = 0x200000; // linux/sched.h
/** In struct clone_args (clone3(2)), in bytes. */
const CHILD_NUMBER = 16;

/**
 * Where threads have asked the kernel to clear a number at their end (CLONE_CHILD_CLEARTID of clone(2),
 * set_tid_address(2)), for who joins them.
 */
export class ClearedNumbers {
  readonly #places = new Map<Tid, number>();

  constructor(readonly memory: TraceeMemory) {}

  /** `child` was made by this call. */
  born(child: Tid, { number, args }: SyscallEntry): void {
    if (number === SYS_CLONE) return this.#note(child, args[0]!, args[3]!);
    if (number !== SYS_CLONE3) return;
    const bytes = Buffer.alloc(CHILD_NUMBER + 8);
    this.memory.read(args[0]! as TraceeAddress, bytes);
    this.#note(child, bytes.readUInt32LE(0), wordAt(bytes, CHILD_NUMBER));
  }

  /** A thread makes this call. */
  entered(tid: Tid, { number, args }: SyscallEntry): void {
    if (number === SYS_SET_TID_ADDRESS) this.#places.set(tid, args[0]!);
  }

  of(tid: Tid): TraceeAddress | null {
    return (this.#places.get(tid) ?? null) as TraceeAddress | null;
  }

  forget(tid: Tid): void {
    this.#places.delete(tid);
  }

  #note(child: Tid, flags: number, place: number): void {
    if (flags & CLONE_CHILD_CLEARTID) this.#places.set(child, place);
  }
}
