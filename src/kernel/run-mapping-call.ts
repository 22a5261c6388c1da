import type { Guard } from "../guard/guard.js";
import type { Tid } from "../model/index.js";
import { PROT_NONE } from "../native/memory/maps.js";
import { type SyscallEntry, syscallStop } from "../native/ptrace/ptrace.js";
import { RegisterFile, SYSCALL_ARGUMENTS } from "../native/ptrace/registers.js";
import type { RemoteCode } from "../native/remote/remote-code.js";
import { type MappingChange, PROTECTION, setsProtection } from "./mapping-changes.js";

/**
 * Runs a call that changes mappings from its entry to its exit, at once: an access that is served in
 * between would close what the call has opened. A heap of our own stays guarded, whatever protection
 * the program asks for.
 */
export function runMappingCall(
  code: RemoteCode,
  guard: Guard,
  tid: Tid,
  { number, args }: SyscallEntry,
  change: MappingChange,
): void {
  const stays = setsProtection(number!) && guard.heapAt(args[0]!) !== undefined;
  const wanted = stays ? setArgument(tid, PROTECTION, BigInt(PROT_NONE)) : 0n;
  code.runToStop(tid, "syscall");
  const exit = syscallStop(tid);
  if (exit.phase === "exit" && exit.result >= 0) change(guard, exit.result);
  if (stays) setArgument(tid, PROTECTION, wanted);
}

/** Puts another value into an argument register of a stopped thread; returns what was there. */
function setArgument(tid: Tid, index: number, value: bigint): bigint {
  const registers = RegisterFile.of(tid);
  const register = SYSCALL_ARGUMENTS[index]!;
  const before = registers.words[register]!;
  registers.words[register] = value;
  registers.write(tid);
  return before;
}
