import { Reg, type RegisterFile } from "./registers.js";

/** ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK: linux/errno.h */
const RESTARTS: ReadonlySet<bigint> = new Set([-512n, -513n, -514n, -516n]);

/** The thread was stopped inside a syscall that is to go on. */
export function isToBeRestarted(registers: RegisterFile): boolean {
  return registers.isInSyscall && RESTARTS.has(BigInt.asIntN(64, registers.words[Reg.rax]!));
}
