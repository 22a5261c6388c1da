import type { Guard } from "../guard/guard.js";
import type { Tid, TraceeAddress } from "../model/index.js";
import { ERESTART_RESTARTBLOCK, ERESTARTNOHAND } from "../native/errno.js";
import type { SyscallEntry } from "../native/ptrace/ptrace.js";
import { Reg, RegisterFile, SYSCALL_ARGUMENTS } from "../native/ptrace/registers.js";
import type { TraceeMemory } from "../native/remote/tracee-memory.js";
import { SYS_CLOCK_NANOSLEEP, SYS_NANOSLEEP } from "../native/syscall-numbers.js";
import { guardedAreas } from "./areas.js";
import { Call } from "./call.js";

/** They look at no memory of the program when they go on. */
const GO_ON_BY_THEMSELVES: readonly number[] = [SYS_NANOSLEEP, SYS_CLOCK_NANOSLEEP];

/**
 * Has an interrupted thread start its call again, because memory that the call uses is guarded from
 * now on. The kernel restarts most calls from their arguments anyway. Some it would go on with
 * (ERESTART_RESTARTBLOCK), from what it has read already: those are turned into calls that it
 * restarts.
 */
export function restartInterrupted(tid: Tid, guard: Guard, memory: TraceeMemory): void {
  const registers = RegisterFile.of(tid);
  if (BigInt.asIntN(64, registers.words[Reg.rax]!) !== BigInt(-ERESTART_RESTARTBLOCK)) return;
  const entry = interruptedEntry(registers);
  if (entry === null || GO_ON_BY_THEMSELVES.includes(entry.number!)) return;
  if (guardedAreas(new Call(entry, tid, guard, memory)).length === 0) return;
  registers.words[Reg.rax] = BigInt.asUintN(64, BigInt(-ERESTARTNOHAND));
  registers.write(tid);
}

/** The call that a thread was interrupted in; null for none. */
function interruptedEntry(registers: RegisterFile): SyscallEntry | null {
  const number = Number(BigInt.asIntN(64, registers.words[Reg.origRax]!));
  if (number < 0) return null;
  const words = SYSCALL_ARGUMENTS.map((register) => registers.words[register]!);
  return {
    phase: "entry",
    number,
    args: words.map(Number),
    low: Uint32Array.from(words, (word) => Number(BigInt.asUintN(32, word))),
    ip: registers.ip,
    sp: Number(registers.words[Reg.rsp]) as TraceeAddress,
  };
}
