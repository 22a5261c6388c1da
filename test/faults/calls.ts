/** Every system call that is made for a session, as the fault seam names it, and by which thread. */
export const CALLS = [
  // Of Node's fs and process.
  ...["openSync", "readSync", "writeSync", "closeSync", "readFileSync", "statSync", "fstatSync"],
  ...["unlinkSync", "readlinkSync", "readdirSync", "accessSync", "kill"],
  // Of the same, on the file for events that are too many for memory.
  ...["open", "write", "read", "close"].map((name) => `spill ${name}`),
  // Of libc.
  ...[
    "waitid",
    "socketpair",
    "pipe2",
    "memfd_create",
    "posix_spawn",
    "recv",
    "send",
    "pread",
    "close",
  ],
  ...["fcntl", "lseek", "sched_setaffinity", "sched_getaffinity", "mmap", "mprotect", "munmap"],
  ...["pidfd_open", "pidfd_send_signal", "pidfd_getfd", "kcmp", "PROCMAP_QUERY", "FIONREAD"],
  ...["SEIZE", "CONT", "SINGLESTEP", "SYSCALL", "INTERRUPT", "LISTEN", "DETACH", "GETEVENTMSG"].map(
    (request) => `ptrace ${request}`,
  ),
  ...["GETSIGINFO", "SETSIGINFO", "GETSIGMASK", "SETSIGMASK", "GETREGS", "SETREGS", "PEEKUSER"].map(
    (request) => `ptrace ${request}`,
  ),
  ...["POKEUSER", "GETREGSET", "GET_SYSCALL_INFO"].map((request) => `ptrace ${request}`),
  // Of the tracee, which is made to run them.
  ...["mmap", "mprotect", "munmap", "mremap", "madvise", "rt_sigaction"].map(
    (name) => `tracee ${name}`,
  ),
] as const;

export const STATES = [
  ...["starting", "seizing", "initialStop", "idle", "armed", "tracing", "delivering"],
  ...["severed", "stopping", "exited", "failed"],
] as const;

/** errno(3), by number. */
export const ERRNOS = {
  ...{ EPERM: 1, ESRCH: 3, EINTR: 4, EIO: 5, EAGAIN: 11, ENOMEM: 12, EACCES: 13 },
  ...{ EMFILE: 24, ENOSPC: 28 },
} as const;

export type ErrnoName = keyof typeof ERRNOS;

/** Numbers of system calls and requests, by which `syscall`, `ioctl` and `ptrace` tell them apart. */
export const SYSCALLS: Readonly<Record<number, string>> = {
  ...{ 312: "kcmp", 424: "pidfd_send_signal", 434: "pidfd_open", 438: "pidfd_getfd" },
};
export const IOCTLS: Readonly<Record<number, string>> = {
  ...{ 3228067345: "PROCMAP_QUERY", 21531: "FIONREAD" },
};
export const REQUESTS: Readonly<Record<number, string>> = {
  ...{ 3: "PEEKUSER", 6: "POKEUSER", 7: "CONT", 9: "SINGLESTEP", 12: "GETREGS", 13: "SETREGS" },
  ...{ 17: "DETACH", 24: "SYSCALL", 16897: "GETEVENTMSG", 16898: "GETSIGINFO" },
  ...{ 16899: "SETSIGINFO", 16900: "GETREGSET", 16902: "SEIZE", 16903: "INTERRUPT" },
  ...{ 16904: "LISTEN", 16906: "GETSIGMASK", 16907: "SETSIGMASK", 16910: "GET_SYSCALL_INFO" },
};
export const TRACEE_CALLS: Readonly<Record<number, string>> = {
  ...{ 9: "mmap", 10: "mprotect", 11: "munmap", 13: "rt_sigaction", 25: "mremap", 28: "madvise" },
};
