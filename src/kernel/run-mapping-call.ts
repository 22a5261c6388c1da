import type { Tid } from "../model/index.js";
import { ENOSYS } from "../native/errno.js";
import { PROT_NONE } from "../native/memory/maps.js";
import { syscallStop } from "../native/ptrace/ptrace.js";
import { RegisterFile, SYSCALL_ARGUMENTS } from "../native/ptrace/registers.js";
import type { RemoteCode } from "../native/remote/remote-code.js";

/** The argument of mprotect(2) and pkey_mprotect(2) that is the protection. */
const PROTECTION = 2;

/**
 * Runs a call that changes mappings from its entry stop to its exit stop, at once: to serve another
 * access in between would close what the call has opened. `staysClosed`: the call gets PROT_NONE,
 * whatever protection the program asks for. Returns the result; negative: -errno.
 */
export function runMappingCall(code: RemoteCode, tid: Tid, staysClosed: boolean): number {
  const wanted = staysClosed ? setArgument(tid, PROTECTION, BigInt(PROT_NONE)) : 0n;
  code.runOwnToStop(tid, "syscall");
  const exit = syscallStop(tid);
  if (staysClosed) setArgument(tid, PROTECTION, wanted);
  return exit.phase === "exit" ? exit.result : -ENOSYS;
}

/** Replaces the value in an argument register of a stopped thread; returns the old one. */
function setArgument(tid: Tid, index: number, value: bigint): bigint {
  const registers = RegisterFile.of(tid);
  const register = SYSCALL_ARGUMENTS[index]!;
  const before = registers.words[register]!;
  registers.words[register] = value;
  registers.write(tid);
  return before;
}
