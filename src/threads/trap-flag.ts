import type { TraceeAddress } from "../model/index.js";
import { Reg, type RegisterFile } from "../native/ptrace/registers.js";
import type { TraceeMemory } from "../native/remote/tracee-memory.js";

const TRAP_FLAG = 1n << 8n; // rflags.TF

/** The program has set the trap flag: it is to be given SIGTRAP behind each instruction. */
export function stepsItself({ words }: RegisterFile): boolean {
  return (words[Reg.eflags]! & TRAP_FLAG) !== 0n;
}

/**
 * A stepped `pushf` stores our trap flag (SDM vol. 3B, 17.3.1.4): clears it on the stack, unless
 * the program had set it itself.
 */
export function hideTrapFlag(memory: TraceeMemory, before: bigint, after: RegisterFile): void {
  if (before & TRAP_FLAG) return;
  const second = (Number(after.words[Reg.rsp]!) + 1) as TraceeAddress;
  const byte = Buffer.alloc(1);
  if (memory.read(second, byte) === 1) memory.write(second, Uint8Array.of(byte[0]! & ~1));
}
