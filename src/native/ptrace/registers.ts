import type { Tid, TraceeAddress } from "../../model/index.js";
import { readRegisters, writeRegisters } from "./ptrace.js";

/** Words of user_regs_struct, sys/user.h. */
export const Reg = {
  r15: 0,
  r14: 1,
  r13: 2,
  r12: 3,
  rbp: 4,
  rbx: 5,
  r11: 6,
  r10: 7,
  r9: 8,
  r8: 9,
  rax: 10,
  rcx: 11,
  rdx: 12,
  rsi: 13,
  rdi: 14,
  origRax: 15,
  rip: 16,
  cs: 17,
  eflags: 18,
  rsp: 19,
  ss: 20,
  fsBase: 21,
  gsBase: 22,
  ds: 23,
  es: 24,
  fs: 25,
  gs: 26,
} as const;

/** -1 in `orig_rax`. */
export const NO_SYSCALL = 2n ** 64n - 1n;

const REGISTER_WORDS = 27;

/** Those that are written: all before the segments' bases and selectors. */
const WRITTEN_WORDS = Reg.fsBase;

/** Argument registers of a syscall, in order (syscall(2)). */
export const SYSCALL_ARGUMENTS = [Reg.rdi, Reg.rsi, Reg.rdx, Reg.r10, Reg.r8, Reg.r9] as const;

/** The general registers of a stopped thread, as read; nothing is written until {@link write}. */
export class RegisterFile {
  constructor(readonly words: BigUint64Array = new BigUint64Array(REGISTER_WORDS)) {}

  static of(tid: Tid): RegisterFile {
    const registers = new RegisterFile();
    registers.read(tid);
    return registers;
  }

  /** Takes the thread's. */
  read(tid: Tid): void {
    readRegisters(tid, this.words);
  }

  copy(): RegisterFile {
    return new RegisterFile(this.words.slice());
  }

  /**
   * The bases and selectors of segments stay the thread's own: nobody here changes them. ptrace(2)
   * refuses a base outside user space, which `wrgsbase` has put there where the thread is in fragments,
   * or may go on in one. Without it an operand that is to be moved to the other view would reach what
   * the program has at that address.
   */
  write(tid: Tid): void {
    writeRegisters(tid, this.words, WRITTEN_WORDS);
  }

  /** They were taken in a syscall, or right behind one. */
  get isInSyscall(): boolean {
    return BigInt.asIntN(64, this.words[Reg.origRax]!) >= 0n;
  }

  /** Has the kernel not restart the syscall that they were read in (arch/x86/kernel/signal.c). */
  forgetSyscall(): void {
    this.words[Reg.origRax] = NO_SYSCALL;
  }

  get ip(): TraceeAddress {
    return Number(this.words[Reg.rip]) as TraceeAddress;
  }

  set ip(address: TraceeAddress) {
    this.words[Reg.rip] = BigInt(address);
  }
}
