import { FfiscopeError, type Tid } from "../../model/index.js";
import { ECHILD, EINTR } from "../errno.js";
import { check, libc, SystemError } from "../libc.js";
import { SIGTRAP } from "./signals.js";
import type { StopReason } from "./stop.js";

// linux/wait.h
const P_ALL = 0;
const WNOHANG = 1;
const WSTOPPED = 2;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
const WNOTHREAD = 0x20000000;
const WALL = 0x40000000;

// `si_code` of a SIGCHLD, asm-generic/siginfo.h
const CLD_EXITED = 1;
const CLD_KILLED = 2;
const CLD_DUMPED = 3;
const CLD_STOPPED = 5;

// linux/ptrace.h
const PTRACE_EVENT_FORK = 1;
const PTRACE_EVENT_VFORK = 2;
const PTRACE_EVENT_CLONE = 3;
const PTRACE_EVENT_EXEC = 4;
const PTRACE_EVENT_VFORK_DONE = 5;
const PTRACE_EVENT_EXIT = 6;
const PTRACE_EVENT_STOP = 128;

const waitid = libc.func("int waitid(int idtype, uint id, _Out_ uint8_t *info, int options)");
const info = new Uint8Array(128);
const fields = new DataView(info.buffer);

/**
 * Sleeps until a tracee of this very thread stops or ends. `__WNOTHREAD`: a pool has several tracer
 * threads, each with tracees of its own. Null when there are none left.
 */
export function waitForStop(): StopReason | null {
  return wait(0);
}

/** A stop or end that is there already; null when there is none now. */
export function pollStop(): StopReason | null {
  return wait(WNOHANG);
}

/** This thread has tracees, or children of its own: there may be something to wait for. */
export function hasTasks(): boolean {
  return report(WNOHANG | WNOWAIT);
}

function wait(option: 0 | typeof WNOHANG): StopReason | null {
  for (;;) {
    if (!report(option)) return null;
    const tid = fields.getInt32(16, true) as Tid;
    if (tid === 0) return null;
    const code = fields.getInt32(8, true);
    // A child of ours that is not traced (CLONE_PARENT makes those): the ptrace stops are CLD_TRAPPED.
    if (code === CLD_STOPPED) continue;
    return decodeStop(code, tid, fields.getInt32(24, true));
  }
}

/** Has the kernel fill in what it reports; false where there is nobody to report of. */
function report(options: number): boolean {
  for (;;) {
    try {
      info.fill(0); // with WNOHANG and nothing to report, only the tid tells
      check("waitid", waitid(P_ALL, 0, info, WEXITED | WSTOPPED | WALL | WNOTHREAD | options));
      return true;
    } catch (error) {
      if (error instanceof SystemError && error.errno === EINTR) continue;
      if (error instanceof SystemError && error.errno === ECHILD) return false;
      throw error;
    }
  }
}

function decodeStop(code: number, tid: Tid, status: number): StopReason {
  if (code === CLD_EXITED) return { kind: "exited", tid, code: status };
  if (code === CLD_KILLED || code === CLD_DUMPED) return { kind: "killed", tid, signal: status };
  const signal = status & 0xff;
  switch (status >> 8) {
    case 0:
      // PTRACE_O_TRACESYSGOOD marks a syscall stop with bit 7.
      return signal === (SIGTRAP | 0x80)
        ? { kind: "syscall", tid }
        : { kind: "signal", tid, signal };
    case PTRACE_EVENT_FORK:
      return { kind: "new-task", tid, how: "fork" };
    case PTRACE_EVENT_VFORK:
      return { kind: "new-task", tid, how: "vfork" };
    case PTRACE_EVENT_CLONE:
      return { kind: "new-task", tid, how: "clone" };
    case PTRACE_EVENT_VFORK_DONE:
      return { kind: "vfork-done", tid };
    case PTRACE_EVENT_EXEC:
      return { kind: "exec", tid };
    case PTRACE_EVENT_EXIT:
      return { kind: "exiting", tid };
    case PTRACE_EVENT_STOP:
      return signal === SIGTRAP
        ? { kind: "interrupted", tid }
        : { kind: "group-stop", tid, signal };
    default:
      throw new FfiscopeError({
        code: "UNKNOWN_STOP",
        message: `the kernel reported a stop of thread ${tid} that ffiscope does not know (0x${status.toString(16)})`,
      });
  }
}
