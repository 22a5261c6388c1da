/**
 * Numbers of system calls on x86-64 (asm/unistd_64.h): those that we make, or treat in a way of
 * their own. src/kernel/table has all of them, with what they do to memory.
 */
export const SYS_MMAP = 9;
export const SYS_MPROTECT = 10;
export const SYS_MUNMAP = 11;
export const SYS_BRK = 12;
export const SYS_RT_SIGACTION = 13;
export const SYS_RT_SIGPROCMASK = 14;
export const SYS_RT_SIGRETURN = 15;
export const SYS_MREMAP = 25;
export const SYS_MADVISE = 28;
export const SYS_SHMAT = 30;
export const SYS_NANOSLEEP = 35;
export const SYS_CLONE = 56;
export const SYS_VFORK = 58;
export const SYS_EXECVE = 59;
export const SYS_SHMDT = 67;
export const SYS_SIGALTSTACK = 131;
export const SYS_GETTID = 186;
export const SYS_FUTEX = 202;
export const SYS_SCHED_SETAFFINITY = 203;
export const SYS_SCHED_GETAFFINITY = 204;
export const SYS_IO_GETEVENTS = 208;
export const SYS_IO_SUBMIT = 209;
export const SYS_REMAP_FILE_PAGES = 216;
export const SYS_RESTART_SYSCALL = 219;
export const SYS_CLOCK_NANOSLEEP = 230;
export const SYS_TGKILL = 234;
export const SYS_GET_ROBUST_LIST = 274;
export const SYS_RT_TGSIGQUEUEINFO = 297;
export const SYS_KCMP = 312;
export const SYS_EXECVEAT = 322;
export const SYS_PKEY_MPROTECT = 329;
export const SYS_IO_PGETEVENTS = 333;
export const SYS_PIDFD_SEND_SIGNAL = 424;
export const SYS_IO_URING_SETUP = 425;
export const SYS_IO_URING_ENTER = 426;
export const SYS_PIDFD_OPEN = 434;
export const SYS_CLONE3 = 435;
export const SYS_PIDFD_GETFD = 438;
