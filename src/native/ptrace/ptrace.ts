import koffi from "koffi";
import { FfiscopeError, type Tid, type TraceeAddress } from "../../model/index.js";
import { EPERM, ESRCH } from "../errno.js";
import { check, libc, SystemError } from "../libc.js";
import { SIGINFO_SIZE, SignalInfo } from "./siginfo.js";
import type { SignalNumber } from "./signals.js";
import { taskState } from "./task-state.js";
import { ThreadGone } from "./thread-gone.js";

// linux/ptrace.h and sys/ptrace.h
const PTRACE_PEEKUSER = 3;
const PTRACE_POKEUSER = 6;
const PTRACE_CONT = 7;
const PTRACE_SINGLESTEP = 9;
const PTRACE_GETREGS = 12;
const PTRACE_DETACH = 17;
const PTRACE_SYSCALL = 24;
const PTRACE_GETEVENTMSG = 0x4201;
const PTRACE_GETSIGINFO = 0x4202;
const PTRACE_SETSIGINFO = 0x4203;
const PTRACE_GETREGSET = 0x4204;
const PTRACE_SETREGSET = 0x4205;
const PTRACE_SEIZE = 0x4206;
const PTRACE_INTERRUPT = 0x4207;
const PTRACE_LISTEN = 0x4208;
const PTRACE_GETSIGMASK = 0x420a;
const PTRACE_SETSIGMASK = 0x420b;
const PTRACE_GET_SYSCALL_INFO = 0x420e;

const PTRACE_O_TRACESYSGOOD = 0x1;
const PTRACE_O_TRACEFORK = 0x2;
const PTRACE_O_TRACEVFORK = 0x4;
const PTRACE_O_TRACECLONE = 0x8;
const PTRACE_O_TRACEEXEC = 0x10;
const PTRACE_O_TRACEVFORKDONE = 0x20;
const PTRACE_O_TRACEEXIT = 0x40;
const PTRACE_O_EXITKILL = 0x100000;

// linux/elf.h
const NT_PRSTATUS = 1;
const NT_X86_XSTATE = 0x202;
const ORIG_RAX = 8 * 15; // in user_regs_struct, sys/user.h
const PTRACE_SYSCALL_INFO_ENTRY = 1;
const PTRACE_SYSCALL_INFO_EXIT = 2;

/**
 * As `check`, but a thread that is no longer stopped was killed meanwhile (ptrace(2), ESRCH): SIGKILL
 * ends a ptrace stop at any time, and the thread's end is reported by waitid.
 */
function checkThread(request: string, tid: Tid, result: number | bigint): void {
  if (result !== -1) return;
  try {
    check(`ptrace(${request})`, result);
  } catch (error) {
    if (error instanceof SystemError && error.errno === ESRCH) throw new ThreadGone(tid);
    throw error;
  }
}

// One C function, bound twice: with a number and with memory as its last argument.
const withNumber = libc.func("ptrace", "long", ["int", "int", "size_t", "size_t"]);
const withMemory = libc.func("ptrace", "long", ["int", "int", "size_t", "void *"]);

/** This machine does not allow what ffiscope does; exit code 3 of the command line. */
export class TracingRefused extends FfiscopeError {}

/** Attaches without stopping. From here on the tracee dies with this thread (EXITKILL). */
export function seize(tid: Tid): void {
  const options =
    PTRACE_O_EXITKILL |
    PTRACE_O_TRACESYSGOOD |
    PTRACE_O_TRACECLONE |
    PTRACE_O_TRACEFORK |
    PTRACE_O_TRACEVFORK |
    PTRACE_O_TRACEVFORKDONE |
    PTRACE_O_TRACEEXEC |
    PTRACE_O_TRACEEXIT;
  try {
    checkThread("SEIZE", tid, withNumber(PTRACE_SEIZE, tid, 0, options));
  } catch (cause) {
    if (!(cause instanceof SystemError && cause.errno === EPERM)) throw cause;
    if (taskState(tid) === "gone") throw new ThreadGone(tid); // killed meanwhile: EPERM, too
    throw new TracingRefused({
      code: "TRACE_NOT_PERMITTED",
      message: "this machine does not let ffiscope trace its own child process (ptrace: EPERM)",
      remedy:
        "In a container add the capability SYS_PTRACE; else set kernel.yama.ptrace_scope to 0 or 1, and run outside of strace and debuggers",
      cause,
    });
  }
}

/** How a stopped thread runs on: freely, to its next syscall's entry or exit, or by one instruction. */
export type ResumeMode = "continue" | "syscall" | "step";

const RESUME = { continue: PTRACE_CONT, syscall: PTRACE_SYSCALL, step: PTRACE_SINGLESTEP } as const;

/** Runs a stopped thread on, delivering `signal` unless it is 0. */
export function resume(tid: Tid, mode: ResumeMode, signal: SignalNumber = 0): void {
  checkThread("CONT", tid, withNumber(RESUME[mode], tid, 0, signal));
}

/** Stops a running thread; it is reported as `interrupted`. */
export function interrupt(tid: Tid): void {
  checkThread("INTERRUPT", tid, withNumber(PTRACE_INTERRUPT, tid, 0, 0));
}

/** Leaves a group-stopped thread stopped, as it would be untraced, until SIGCONT. */
export function listen(tid: Tid): void {
  checkThread("LISTEN", tid, withNumber(PTRACE_LISTEN, tid, 0, 0));
}

/** Lets a stopped thread go, delivering `signal` unless it is 0. */
export function detach(tid: Tid, signal: SignalNumber = 0): void {
  checkThread("DETACH", tid, withNumber(PTRACE_DETACH, tid, 0, signal));
}

/** The new task of a `new-task` stop, the former tid of an `exec`, the wait status of an `exiting`. */
export function eventMessage(tid: Tid): number {
  const message = new BigUint64Array(1);
  checkThread("GETEVENTMSG", tid, withMemory(PTRACE_GETEVENTMSG, tid, 0, message));
  return Number(message[0]);
}

export function signalInfo(tid: Tid): SignalInfo {
  return new SignalInfo(Buffer.from(lookAtSignal(tid).bytes));
}

/** As {@link signalInfo}, good until the next look at any thread's. */
export function lookAtSignal(tid: Tid): SignalInfo {
  checkThread("GETSIGINFO", tid, withMemory(PTRACE_GETSIGINFO, tid, 0, looked.bytes));
  // SIGKILL has taken it from the stop that it was looked at for to its exit stop.
  if (looked.isOfExitStop) throw new ThreadGone(tid);
  return looked;
}

const looked = new SignalInfo(Buffer.alloc(SIGINFO_SIZE));

/** Makes `info` what a handler will see of the signal that {@link resume} delivers from this stop. */
export function setSignalInfo(tid: Tid, info: SignalInfo): void {
  checkThread("SETSIGINFO", tid, withMemory(PTRACE_SETSIGINFO, tid, 0, info.bytes));
}

const maskBits = new BigUint64Array(1);

/** The signals a thread blocks: bit n-1 for signal n. */
export function signalMask(tid: Tid): bigint {
  checkThread("GETSIGMASK", tid, withMemory(PTRACE_GETSIGMASK, tid, 8, maskBits));
  return maskBits[0]!;
}

export function setSignalMask(tid: Tid, mask: bigint): void {
  maskBits[0] = mask;
  checkThread("SETSIGMASK", tid, withMemory(PTRACE_SETSIGMASK, tid, 8, maskBits));
}

/** Fills `into` with user_regs_struct (sys/user.h), 27 words. */
export function readRegisters(tid: Tid, into: BigUint64Array): void {
  checkThread("GETREGS", tid, withMemory(PTRACE_GETREGS, tid, 0, into));
}

/**
 * Writes the first `count` words of user_regs_struct; the others stay as the thread has them: the kernel
 * takes a set of registers from its beginning, up to any length.
 */
export function writeRegisters(tid: Tid, from: BigUint64Array, count: number): void {
  const iovec = BigUint64Array.of(koffi.address(from), BigInt(8 * count)); // uio.h
  checkThread("SETREGSET", tid, withMemory(PTRACE_SETREGSET, tid, NT_PRSTATUS, iovec));
}

/** The number of the syscall that a thread is in, at its entry or exit; -1 where it is in none, or gone. */
export function syscallNumber(tid: Tid): number {
  return Number(withNumber(PTRACE_PEEKUSER, tid, ORIG_RAX, 0));
}

/** Sets one word of user_regs_struct, by its index. */
export function writeRegister(tid: Tid, word: number, value: number): void {
  checkThread("POKEUSER", tid, withNumber(PTRACE_POKEUSER, tid, 8 * word, value));
}

/** The XSAVE area of a thread, in the standard format; returns its length in bytes. */
export function readXstate(tid: Tid, into: Uint8Array): number {
  const iovec = BigUint64Array.of(koffi.address(into), BigInt(into.byteLength)); // uio.h
  checkThread("GETREGSET", tid, withMemory(PTRACE_GETREGSET, tid, NT_X86_XSTATE, iovec));
  return Number(iovec[1]);
}

/** Sets the XSAVE area of a thread, as {@link readXstate} has given it. */
export function writeXstate(tid: Tid, from: Uint8Array): void {
  const iovec = BigUint64Array.of(koffi.address(from), BigInt(from.byteLength)); // uio.h
  checkThread("SETREGSET", tid, withMemory(PTRACE_SETREGSET, tid, NT_X86_XSTATE, iovec));
}

/** A syscall's entry. */
export interface SyscallEntry {
  readonly phase: "entry";
  /** Of the 64-bit table; null for a 32-bit call (`int 0x80`), which no 64-bit address fits. */
  readonly number: number | null;
  /** The argument registers as 64-bit numbers; exact below 2^53. */
  readonly args: readonly number[];
  /** Their low 32 bits, which is what an argument of type `int` is. */
  readonly low: Uint32Array;
  /** The instruction pointer, behind the `syscall` instruction. */
  readonly ip: TraceeAddress;
  readonly sp: TraceeAddress;
}

/** A syscall's exit. */
export interface SyscallExit {
  readonly phase: "exit";
  /** Negative: -errno. */
  readonly result: number;
  readonly ip: TraceeAddress;
  readonly sp: TraceeAddress;
}

export type SyscallStop = SyscallEntry | SyscallExit | { readonly phase: "none" };

// struct ptrace_syscall_info, linux/ptrace.h, in 32-bit words: op, arch, ip, sp, then number, arguments
const syscallInfo = new Uint32Array(22);
const ARCH = 1;
const IP = 2;
const SP = 4;
const NUMBER = 6;
const RESULT = 6;
const ARGUMENTS = 8;
const ARGUMENT_COUNT = 6;

const AUDIT_ARCH_X86_64 = 0xc000003e; // linux/audit.h

const wide = (word: number) => syscallInfo[word + 1]! * 2 ** 32 + syscallInfo[word]!;

export function syscallStop(tid: Tid): SyscallStop {
  checkThread(
    "GET_SYSCALL_INFO",
    tid,
    withMemory(PTRACE_GET_SYSCALL_INFO, tid, syscallInfo.byteLength, syscallInfo),
  );
  const phase = syscallInfo[0]! & 0xff;
  if (phase !== PTRACE_SYSCALL_INFO_ENTRY && phase !== PTRACE_SYSCALL_INFO_EXIT) {
    return { phase: "none" };
  }
  const ip = wide(IP) as TraceeAddress;
  const sp = wide(SP) as TraceeAddress;
  if (phase === PTRACE_SYSCALL_INFO_EXIT) {
    const result = (syscallInfo[RESULT + 1]! | 0) * 2 ** 32 + syscallInfo[RESULT]!;
    return { phase: "exit", result, ip, sp };
  }
  const args: number[] = [];
  const low = new Uint32Array(ARGUMENT_COUNT);
  for (let i = 0; i < ARGUMENT_COUNT; i++) {
    args.push(wide(ARGUMENTS + 2 * i));
    low[i] = syscallInfo[ARGUMENTS + 2 * i]!;
  }
  const number = syscallInfo[ARCH] === AUDIT_ARCH_X86_64 ? wide(NUMBER) : null;
  return { phase: "entry", number, args, low, ip, sp };
}
