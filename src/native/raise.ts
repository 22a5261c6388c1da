import type { Pid, Tid } from "../model/index.js";
import { check, libc } from "./libc.js";
import { SIGNAL_MARK } from "./mark.js";
import { SIGINFO_SIZE, type SignalInfo } from "./ptrace/siginfo.js";
import { SI_QUEUE, SI_TKILL, type SignalNumber } from "./ptrace/signals.js";
import { SYS_GETTID, SYS_RT_TGSIGQUEUEINFO, SYS_TGKILL } from "./syscall-numbers.js";

const raise = libc.func("int raise(int signal)");
const syscall = libc.func("syscall", "long", ["long", "size_t", "size_t", "size_t", "void *"]);

/** Sends `signal` to the calling thread (raise(3)). */
export function raiseSignal(signal: SignalNumber): void {
  check("raise", raise(signal));
}

/** As {@link raiseSignal}, with ffiscope's mark, so that it is told from native code's own. */
export function raiseMarkedSignal(signal: SignalNumber): void {
  const info = Buffer.alloc(SIGINFO_SIZE);
  info.writeInt32LE(signal, 0);
  info.writeInt32LE(SI_QUEUE, 8);
  info.writeInt32LE(process.pid, 16);
  info.writeUInt32LE(process.getuid?.() ?? 0, 20);
  info.writeBigUInt64LE(SIGNAL_MARK, 24);
  const thread = Number(syscall(SYS_GETTID, 0, 0, 0, null));
  check("rt_tgsigqueueinfo", syscall(SYS_RT_TGSIGQUEUEINFO, process.pid, thread, signal, info));
}

/**
 * Sends a thread of another process a signal again that was taken from it: with its siginfo where
 * the kernel allows that (`si_code` below 0 and not SI_TKILL, rt_tgsigqueueinfo(2)), else as one of
 * ours.
 */
export function sendAgain(pid: Pid, tid: Tid, info: SignalInfo): void {
  const { signal, code, bytes } = info;
  const asItWas = code < 0 && code !== SI_TKILL;
  if (asItWas) check("rt_tgsigqueueinfo", syscall(SYS_RT_TGSIGQUEUEINFO, pid, tid, signal, bytes));
  else check("tgkill", syscall(SYS_TGKILL, pid, tid, signal, null));
}
