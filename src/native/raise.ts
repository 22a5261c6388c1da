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

/**
 * The calling thread and its process, each time they are asked for in another process than before: one
 * that was forked has this memory. Every system call of a traced call stops twice.
 */
const self = { pid: 0, tid: 0 };

/** As {@link raiseSignal}, with ffiscope's mark, so that it is told from native code's own. */
export function raiseMarkedSignal(signal: SignalNumber): void {
  const { pid } = process;
  if (self.pid !== pid) {
    self.pid = pid;
    self.tid = Number(syscall(SYS_GETTID, 0, 0, 0, null));
  }
  const info = Buffer.alloc(SIGINFO_SIZE);
  info.writeInt32LE(signal, 0);
  info.writeInt32LE(SI_QUEUE, 8);
  info.writeInt32LE(pid, 16);
  info.writeBigUInt64LE(SIGNAL_MARK, 24);
  check("rt_tgsigqueueinfo", syscall(SYS_RT_TGSIGQUEUEINFO, pid, self.tid, signal, info));
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
