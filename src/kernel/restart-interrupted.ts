import type { Guard } from "../guard/guard.js";
import type { Tid, TraceeAddress } from "../model/index.js";
import { ERESTART_RESTARTBLOCK, ERESTARTNOHAND } from "../native/errno.js";
import type { SyscallEntry } from "../native/ptrace/ptrace.js";
import { Reg, RegisterFile, SYSCALL_ARGUMENTS } from "../native/ptrace/registers.js";
import type { TraceeMemory } from "../native/remote/tracee-memory.js";
import { SYS_CLOCK_NANOSLEEP, SYS_NANOSLEEP } from "../native/syscall-numbers.js";
import { guardedAreas } from "./areas.js";
import { Call } from "./call.js";

/** They look at no memory again when they go on. */
const GO_ON_BY_THEMSELVES: readonly number[] = [SYS_NANOSLEEP, SYS_CLOCK_NANOSLEEP];

/**
 * For a thread that was interrupted in a call, and guarded memory has come up behind it. Most calls
 * are made again from the start, by their arguments. Some go on with what the kernel has kept of
 * those: from the start, too, if that is guarded now.
 */
export function makeAnew(tid: Tid, guard: Guard, memory: TraceeMemory): void {
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
