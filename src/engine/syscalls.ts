import { AccessFlag, type TraceeAddress, USER_SPACE_END } from "../model/index.js";
import {
  Reg,
  RegisterFile,
  type RemoteCode,
  SYSCALL_ARGUMENTS,
  type SyscallStop,
  syscallStop,
} from "../native/index.js";
import type { EventBuffer } from "./event-buffer.js";
import type { Guard, ProtectedRange } from "./guard.js";
import { kernelAccesses } from "./kernel-accesses.js";
import { memoryChange, namesMappings } from "./memory-syscalls.js";
import type { Protector } from "./protector.js";
import type { Thread } from "./threads.js";

// asm/unistd_64.h
const CLONE = 56;
const FORK = 57;
const VFORK = 58;
const EXECVE = 59;
const FUTEX = 202;
const SET_TID_ADDRESS = 218;
const SET_ROBUST_LIST = 273;
const RSEQ = 334;
const CLONE3 = 435;

/** Syscalls that keep an address, or start a thread on it: it must stay the guarded one. */
const KEEPS_ADDRESS = new Set([
  CLONE,
  FORK,
  VFORK,
  EXECVE,
  FUTEX,
  SET_TID_ADDRESS,
  SET_ROBUST_LIST,
  RSEQ,
  CLONE3,
]);

/** Length of the `syscall` instruction, in bytes. */
const SYSCALL_LENGTH = 2;

type Entry = Extract<SyscallStop, { phase: "entry" }>;
type OnExit = (result: bigint) => void;

/**
 * Makes the tracee's syscalls work on guarded memory. The kernel gets the backdoor's address of our
 * own heap. A plain client's pages are opened for the length of the call.
 */
export class SyscallWatch {
  constructor(
    readonly code: RemoteCode,
    readonly guard: Guard,
    readonly protector: Protector,
    readonly events: EventBuffer,
  ) {}

  /** Handles a syscall stop of `thread`, which the caller then resumes. */
  stopped(thread: Thread): void {
    const stop = syscallStop(thread.tid);
    if (stop.phase === "entry") {
      thread.inSyscall = true;
      thread.onSyscallExit = this.#entered(thread, stop);
    } else {
      thread.inSyscall = false;
      const onExit = thread.onSyscallExit;
      thread.onSyscallExit = null;
      if (stop.phase === "exit") onExit?.(stop.result);
    }
  }

  #entered(thread: Thread, entry: Entry): OnExit | null {
    const change = memoryChange(entry.number, entry.args);
    if (change) {
      return (result) => {
        if (result >= 0n) change(this.guard, result);
      };
    }
    if (namesMappings(entry.number) || KEEPS_ADDRESS.has(entry.number)) return null;
    const guarded = entry.args.filter(
      (arg) => arg < USER_SPACE_END && this.guard.covers(Number(arg)),
    );
    if (guarded.length === 0) return null;
    const inHeap = guarded.every((arg) => this.guard.heapAt(Number(arg)));
    const undo = inHeap ? this.#exchange(thread, entry) : this.#openAll(thread, entry);
    return (result) => {
      undo();
      this.#record(thread, entry, guarded, result);
    };
  }

  /** Gives the kernel the backdoor's addresses; returns what puts the guarded ones back. */
  #exchange(thread: Thread, entry: Entry): () => void {
    const registers = RegisterFile.of(thread.tid);
    entry.args.forEach((arg, i) => {
      const heap = this.guard.heapAt(Number(arg));
      if (!heap) return;
      const distance = BigInt(heap.backdoor) - BigInt(heap.guarded);
      registers.words[SYSCALL_ARGUMENTS[i]!] = BigInt.asUintN(64, arg + distance);
    });
    registers.write(thread.tid);
    return () => {
      // The argument registers hold after a syscall what they held before it (syscall(2)).
      const after = RegisterFile.of(thread.tid);
      entry.args.forEach((arg, i) => {
        after.words[SYSCALL_ARGUMENTS[i]!] = arg;
      });
      after.write(thread.tid);
    };
  }

  /**
   * Opens all guarded memory for the length of the syscall; returns what closes it. Nothing can be
   * injected at a syscall's entry: the call is skipped, and entered again behind the injection.
   */
  #openAll(thread: Thread, entry: Entry): () => void {
    const { tid } = thread;
    const before = RegisterFile.of(tid);
    const skipped = before.copy();
    skipped.words[Reg.origRax] = 2n ** 64n - 1n;
    skipped.write(tid);
    this.code.runToStop(tid, "syscall"); // the exit of the skipped call
    before.words[Reg.rax] = BigInt(entry.number);
    before.ip = (before.ip - SYSCALL_LENGTH) as TraceeAddress;
    before.write(tid);
    const ranges: ProtectedRange[] = this.guard.allRanges();
    this.code.borrow(tid, () => this.protector.open(tid, ranges));
    this.code.runToStop(tid, "syscall"); // the entry, again
    return () => this.code.borrow(tid, () => this.protector.close(tid, ranges));
  }

  #record(thread: Thread, entry: Entry, guarded: readonly bigint[], result: bigint): void {
    const ip = (RegisterFile.of(thread.tid).ip - SYSCALL_LENGTH) as TraceeAddress;
    for (const access of kernelAccesses(entry.number, entry.args, guarded, result)) {
      const flags = AccessFlag.KERNEL | KIND_FLAG[access.kind];
      this.events.add(Number(access.address), Number(access.size), ip, thread.tid, flags);
    }
  }
}

const KIND_FLAG = { read: 0, write: AccessFlag.WRITE, unknown: AccessFlag.UNKNOWN } as const;
