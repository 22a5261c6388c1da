import type { Tid } from "../model/index.js";
import type { SyscallEntry } from "../native/ptrace/ptrace.js";
import { RegisterFile, SYSCALL_ARGUMENTS } from "../native/ptrace/registers.js";
import type { Copies } from "./copies.js";
import { FUTEX_PRIVATE, type Placement } from "./placement.js";
import type { Touch } from "./touches.js";

/** A syscall whose arguments are replaced, so that the kernel reaches guarded memory. */
export class RewrittenSyscall {
  constructor(
    readonly entry: SyscallEntry,
    readonly placement: Placement,
    readonly copies: Copies,
    /** What it did before it was interrupted and restarted: that has been recorded. */
    readonly before: readonly Touch[],
    /** Of the views, where it uses what they hold: the kernel may have kept its addresses. */
    readonly viewVersion: number,
  ) {}

  /** Puts the kernel's addresses into the argument registers, at the call's entry. */
  apply(tid: Tid): void {
    const registers = RegisterFile.of(tid);
    for (const placed of this.placement.placed) {
      const register = SYSCALL_ARGUMENTS[placed.area.slot]!;
      registers.words[register] = BigInt(this.copies.addressOf(placed));
    }
    for (const argument of this.placement.sharedFlags) {
      registers.words[SYSCALL_ARGUMENTS[argument]!]! &= ~BigInt(FUTEX_PRIVATE);
    }
    registers.write(tid);
  }

  /**
   * Puts the program's own values back: a syscall leaves its argument registers as they were
   * (syscall(2)).
   */
  restore(tid: Tid): void {
    const registers = RegisterFile.of(tid);
    for (const { area } of this.placement.placed) {
      registers.words[SYSCALL_ARGUMENTS[area.slot]!] = BigInt(area.address);
    }
    for (const argument of this.placement.sharedFlags) {
      registers.words[SYSCALL_ARGUMENTS[argument]!]! |= BigInt(FUTEX_PRIVATE);
    }
    registers.write(tid);
  }
}
