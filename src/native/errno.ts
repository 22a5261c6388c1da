/** Values of errno(3): asm-generic/errno-base.h, asm-generic/errno.h. */
export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EBADF = 9;
export const ECHILD = 10;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EFAULT = 14;
export const EEXIST = 17;
export const EINVAL = 22;
export const ENOSYS = 38;
export const EOVERFLOW = 75;
export const ENOTSOCK = 88;

/** A result of a system call from here up to -1 is an error (linux/err.h). */
export const MAX_ERRNO = 4095;

/*
 * linux/errno.h: only a tracer sees them. The kernel restarts the call, or has it fail with EINTR where
 * a handler runs first.
 */
export const ERESTARTSYS = 512;
export const ERESTARTNOINTR = 513;
export const ERESTARTNOHAND = 514;
export const ERESTART_RESTARTBLOCK = 516;
