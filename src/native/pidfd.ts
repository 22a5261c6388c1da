import type { Pid } from "../model/index.js";
import { ESRCH } from "./errno.js";
import { check, libc, SystemError } from "./libc.js";
import type { SignalNumber } from "./ptrace/signals.js";
import { SYS_PIDFD_GETFD, SYS_PIDFD_OPEN, SYS_PIDFD_SEND_SIGNAL } from "./syscall-numbers.js";

const syscall = libc.func("syscall", "long", ["long", "size_t", "size_t", "size_t", "size_t"]);

/** A descriptor that stands for one process, also when its number is used again (pidfd_open(2)). */
export function openPidfd(pid: Pid): number {
  return check("pidfd_open", syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0));
}

/**
 * A process's own descriptor, for this one too: the same open file, not opened again (pidfd_getfd(2)).
 * Null where the process is gone. Throws SystemError: EBADF where it has none of that number, EPERM
 * where this process must not look.
 */
export function fetchDescriptor(pidfd: number, fd: number): number | null {
  try {
    return check("pidfd_getfd", syscall(SYS_PIDFD_GETFD, pidfd, fd, 0, 0));
  } catch (error) {
    if (error instanceof SystemError && error.errno === ESRCH) return null;
    throw error;
  }
}

/** Sends `signal`; false when the process is gone already. */
export function signalPidfd(pidfd: number, signal: SignalNumber): boolean {
  try {
    check("pidfd_send_signal", syscall(SYS_PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0));
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.errno === ESRCH) return false;
    throw error;
  }
}
