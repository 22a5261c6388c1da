import { ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTNOINTR, ERESTARTSYS } from "../errno.js";
import { Reg, type RegisterFile } from "./registers.js";

/** Results of calls that are to go on. */
const RESTARTS: ReadonlySet<bigint> = new Set(
  [ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK].map((errno) =>
    BigInt(-errno),
  ),
);

/** The thread was stopped inside a syscall that is to go on. */
export function isToBeRestarted(registers: RegisterFile): boolean {
  return registers.isInSyscall && RESTARTS.has(BigInt.asIntN(64, registers.words[Reg.rax]!));
}
