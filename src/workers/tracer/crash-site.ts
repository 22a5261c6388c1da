import type { Guard } from "../../guard/guard.js";
import {
  type CrashAccess,
  type CrashCause,
  type Pid,
  type Tid,
  type TraceeAddress,
  toHex,
} from "../../model/index.js";
import {
  type Mapping,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  parseMappings,
} from "../../native/memory/maps.js";
import { Reg, type RegisterFile } from "../../native/ptrace/registers.js";
import {
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGSEGV,
  SIGTRAP,
  signalName,
} from "../../native/ptrace/signals.js";
import type { TraceeMemory } from "../../native/remote/tracee-memory.js";
import { DWARF_ORDER, type Frame, unwind } from "../../symbols/unwind/index.js";
import type { WantedAddress } from "../../x86/decode/index.js";
import { type Delivered, hasNoAddress, wantedAt } from "./fault.js";
import type { CrashSite } from "./messages.js";
import { type StackView, stackOverflow } from "./stack-overflow.js";

/** A process as one of its threads is about to be given a signal. */
export interface CrashScene {
  readonly pid: Pid;
  /** That thread. It is stopped. */
  readonly tid: Tid;
  readonly memory: TraceeMemory;
  /** Null where nothing is guarded. */
  readonly guard: Guard | null;
  /** The thread whose call runs, and its stack pointer when that began; null where none does. */
  readonly caller: { readonly tid: Tid; readonly stackPointer: number } | null;
}

/** `si_code`s of SIGSEGV, SIGBUS and SIGFPE (asm-generic/siginfo.h). */
const SEGV_ACCERR = 2;
const BUS_ADRERR = 2;
const FPE_INTDIV = 1;

/** First address of the kernel's half. */
const KERNEL_HALF = 2n ** 63n;

/** Where and why the signal was raised that ends the process. `maps`: the text of /proc/PID/maps. */
export function crashSite(last: Delivered, scene: CrashScene, maps: string): CrashSite {
  const { info, registers } = last;
  const { address, cause } = info.isFault ? explain(last, scene, maps) : sent(last, scene);
  return {
    signal: signalName(info.signal),
    address: address === null ? null : toHex(address),
    ip: registers.ip,
    cause,
    backtrace: backtraceOf(registers, scene.memory, maps),
  };
}

function backtraceOf({ words }: RegisterFile, memory: TraceeMemory, maps: string): Frame[] {
  const registers = DWARF_ORDER.map((name) => words[Reg[name]]!);
  const read = (address: number, into: Uint8Array) => memory.read(address as TraceeAddress, into);
  return unwind(registers, { read }, parseMappings(maps));
}

interface Explained {
  readonly address: bigint | null;
  readonly cause: CrashCause | null;
}

function sent({ info }: Delivered, { pid }: CrashScene): Explained {
  return { address: null, cause: { kind: "sent", bySelf: info.sender === pid } };
}

function explain(last: Delivered, scene: CrashScene, maps: string): Explained {
  const { info, registers } = last;
  const at = BigInt(registers.ip);
  switch (info.signal) {
    case SIGSEGV:
    case SIGBUS:
      return hasNoAddress(info)
        ? worked(last, stackView(last, scene, maps))
        : pageFault(last, scene, stackView(last, scene, maps));
    case SIGFPE: {
      const kind = info.code === FPE_INTDIV ? "integer-division" : "floating-point";
      return { address: at, cause: { kind } };
    }
    case SIGILL:
      return { address: at, cause: { kind: "illegal-instruction" } };
    case SIGTRAP:
      return { address: null, cause: { kind: "breakpoint" } };
    default:
      return { address: null, cause: null };
  }
}

/** A fault of which the kernel gives no address. */
function worked(last: Delivered, view: StackView): Explained {
  const fault = last.worked;
  if (fault === null) {
    return { address: null, cause: stackOverflow(view, null) };
  }
  if (fault.kind === "forbidden") return { address: null, cause: { kind: "forbidden" } };
  const { address, alignment } = fault.wanted;
  const cause: CrashCause =
    fault.kind === "misaligned"
      ? { kind: "misaligned", alignment }
      : { kind: "non-canonical", access: accessOf(fault.wanted) };
  return { address, cause };
}

function pageFault(last: Delivered, scene: CrashScene, view: StackView): Explained {
  const { info, registers } = last;
  const address = info.wantedAddress;
  if (info.signal === SIGBUS) {
    return { address, cause: info.code === BUS_ADRERR ? { kind: "past-file-end" } : null };
  }
  const overflow = stackOverflow(view, Number(address));
  if (overflow) return { address, cause: overflow };
  const isCode = address === BigInt(registers.ip);
  const access = isCode ? "execute" : accessOf(wantedAt(last, scene.memory));
  if (address >= KERNEL_HALF) return { address, cause: { kind: "kernel-space", access } };
  const mapping = info.code === SEGV_ACCERR ? mappingAt(view.mappings, Number(address)) : null;
  if (!mapping) return { address, cause: { kind: "unmapped", access } };
  // What is guarded is inaccessible; the program has it otherwise.
  const { guard } = scene;
  const at = Number(address);
  const protection = guard?.heapAt(at) ? guard.heapProtection.at(at) : mapping.protection;
  return { address, cause: { kind: "protected", access, protection: protectionText(protection) } };
}

function accessOf(wanted: WantedAddress | null): CrashAccess {
  return wanted === null || wanted.kind === "read-write" ? "access" : wanted.kind;
}

function stackView({ tid, registers }: Delivered, scene: CrashScene, maps: string): StackView {
  const mappings = parseMappings(maps);
  return {
    mappings,
    stackPointer: Number(registers.words[Reg.rsp]),
    framePointer: Number(registers.words[Reg.rbp]),
    inStack: inStack(tid, Number(registers.words[Reg.fsBase]), mappings, scene),
  };
}

/**
 * Somewhere in the stack of a thread. A call's was seen when it began; the first thread's has a name;
 * the others have the thread's own data at its upper end, where fs points (glibc's allocate_stack).
 */
function inStack(
  tid: Tid,
  fsBase: number,
  mappings: readonly Mapping[],
  { pid, caller }: CrashScene,
): number | null {
  if (caller?.tid === tid) return caller.stackPointer;
  if ((tid as number) !== (pid as number)) return fsBase;
  return mappings.find(({ name }) => name === "[stack]")?.start ?? null;
}

function mappingAt(mappings: readonly Mapping[], address: number): Mapping | null {
  return mappings.find(({ start, end }) => address >= start && address < end) ?? null;
}

function protectionText(protection: number): string {
  const flag = (bit: number, letter: string) => (protection & bit ? letter : "-");
  return `${flag(PROT_READ, "r")}${flag(PROT_WRITE, "w")}${flag(PROT_EXEC, "x")}`;
}
