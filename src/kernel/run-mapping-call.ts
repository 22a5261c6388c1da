import type { Tid } from "../model/index.js";
import { ENOSYS } from "../native/errno.js";
import { PROT_EXEC, PROT_READ, PROT_WRITE } from "../native/memory/maps.js";
import { syscallStop } from "../native/ptrace/ptrace.js";
import { RegisterFile, SYSCALL_ARGUMENTS } from "../native/ptrace/registers.js";
import type { RemoteCode } from "../native/remote/remote-code.js";

/** The argument of mprotect(2) and pkey_mprotect(2) that is the protection. */
const PROTECTION = 2;
const ACCESS = BigInt(PROT_READ | PROT_WRITE | PROT_EXEC);

/**
 * Runs a call that changes mappings from its entry stop to its exit stop, at once: to serve another
 * access in between would close what the call has opened. `staysClosed`: the call gets PROT_NONE,
 * whatever protection the program asks for; other bits of that are the kernel's to refuse. Returns the result; negative: -errno.
 */
export function runMappingCall(code: RemoteCode, tid: Tid, staysClosed: boolean): number {
  const wanted = staysClosed ? changeArgument(tid, PROTECTION, (value) => value & ~ACCESS) : 0n;
  code.runOwnToStop(tid, "syscall");
  const exit = syscallStop(tid);
  if (staysClosed) changeArgument(tid, PROTECTION, () => wanted);
  return exit.phase === "exit" ? exit.result : -ENOSYS;
}

/** Changes the value in an argument register of a stopped thread; returns the old one. */
function changeArgument(tid: Tid, index: number, change: (value: bigint) => bigint): bigint {
  const registers = RegisterFile.of(tid);
  const register = SYSCALL_ARGUMENTS[index]!;
  const before = registers.words[register]!;
  registers.words[register] = change(before);
  registers.write(tid);
  return before;
}
