import { Reg, type RegisterFile } from "./registers.js";

/** ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK: linux/errno.h */
const RESTARTS: ReadonlySet<bigint> = new Set([-512n, -513n, -514n, -516n]);

/** The thread was stopped inside a syscall that is to go on. */
export function isToBeRestarted(registers: RegisterFile): boolean {
  const inSyscall = BigInt.asIntN(64, registers.words[Reg.origRax]!) >= 0n;
  return inSyscall && RESTARTS.has(BigInt.asIntN(64, registers.words[Reg.rax]!));
}
