import type { Tid, TraceeAddress } from "../../model/index.js";
import { Reg, RegisterFile } from "../../native/ptrace/registers.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import { SI_KERNEL, SIGBUS, SIGSEGV } from "../../native/ptrace/signals.js";
import type { TraceeMemory } from "../../native/remote/tracee-memory.js";
import { ThreadRegisters } from "../../threads/thread-registers.js";
import {
  MAX_INSTRUCTION_LENGTH,
  protectionFault,
  type WantedAddress,
  wantedAddresses,
} from "../../x86/decode/index.js";

/** `si_code` of SIGBUS for a misaligned operand where the program has asked for that (eflags.AC). */
const BUS_ADRALN = 1;

/** A signal as it was delivered, with the registers of that moment. */
export interface Delivered {
  readonly tid: Tid;
  readonly info: SignalInfo;
  readonly registers: RegisterFile;
  /** What the fault was about, for one of which the kernel gives no address; else null. */
  readonly worked: ReturnType<typeof protectionFault>;
}

/** Takes down a signal that the stopped thread `tid` is about to be given. */
export function delivered(tid: Tid, info: SignalInfo, memory: TraceeMemory): Delivered {
  const registers = RegisterFile.of(tid);
  const worked = hasNoAddress(info)
    ? protectionFault(
        codeAt(registers.ip, memory),
        registers.ip,
        new ThreadRegisters(tid, registers),
        (address) => wordAt(address, memory),
      )
    : null;
  return { tid, info, registers, worked };
}

/** A fault on memory, general protection or the stack, of which the kernel gives no address. */
export function hasNoAddress({ signal, code }: SignalInfo): boolean {
  if (signal === SIGBUS) return code === SI_KERNEL || code === BUS_ADRALN;
  return signal === SIGSEGV && code === SI_KERNEL;
}

/** The kernel had no room for the frame of a handler, and says it with a fault where `last` was. */
export function isLostFrame(last: Delivered | undefined, next: Delivered): boolean {
  return (
    last !== undefined &&
    next.info.signal === SIGSEGV &&
    next.info.code === SI_KERNEL &&
    last.tid === next.tid &&
    last.registers.ip === next.registers.ip &&
    last.registers.words[Reg.rsp] === next.registers.words[Reg.rsp]
  );
}

/** What the instruction of a page fault wanted at the address that the kernel has given. */
export function wantedAt(
  { tid, info, registers }: Delivered,
  memory: TraceeMemory,
): WantedAddress | null {
  const { ip } = registers;
  const state = new ThreadRegisters(tid, registers);
  const address = info.wantedAddress;
  const all = wantedAddresses(codeAt(ip, memory), ip, state, (at) => wordAt(at, memory));
  return (
    all.find(({ address: from, size }) => address >= from && address < from + BigInt(size)) ?? null
  );
}

function codeAt(ip: TraceeAddress, memory: TraceeMemory): Uint8Array {
  const bytes = new Uint8Array(MAX_INSTRUCTION_LENGTH);
  return bytes.subarray(0, memory.read(ip, bytes));
}

/** Addresses past 2^53 hold nothing, so that they need not be exact. */
function wordAt(address: bigint, memory: TraceeMemory): bigint | null {
  if (address >= 2n ** 47n) return null;
  const word = Buffer.alloc(8);
  const length = memory.read(Number(address) as TraceeAddress, word);
  return length === word.length ? word.readBigUInt64LE() : null;
}
