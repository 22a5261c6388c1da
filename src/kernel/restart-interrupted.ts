import type { Guard } from "../guard/guard.js";
import type { Tid, TraceeAddress } from "../model/index.js";
import type { SyscallEntry } from "../native/ptrace/ptrace.js";
import { Reg, RegisterFile, SYSCALL_ARGUMENTS } from "../native/ptrace/registers.js";
import type { TraceeMemory } from "../native/remote/tracee-memory.js";
import { guardedAreas } from "./areas.js";
import { Call } from "./call.js";
import { ERESTART_RESTARTBLOCK, ERESTARTNOHAND } from "./outcome.js";

/** nanosleep, clock_nanosleep (asm/unistd_64.h): they look at nothing again. */
const GOES_ON_BY_ITSELF: readonly number[] = [35, 230];

/**
 * For a thread that was interrupted in a call, and guarded memory has come up behind it. Most calls
 * are made again from the start, by their arguments. Some go on with what the kernel has kept of
 * those: from the start, too, if that is guarded now.
 */
export function makeAnew(tid: Tid, guard: Guard, memory: TraceeMemory): void {
  const registers = RegisterFile.of(tid);
  if (BigInt.asIntN(64, registers.words[Reg.rax]!) !== BigInt(-ERESTART_RESTARTBLOCK)) return;
  const entry = interruptedEntry(registers);
  if (entry === null || GOES_ON_BY_ITSELF.includes(entry.number!)) return;
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
