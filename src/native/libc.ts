import koffi, { type LibraryHandle } from "koffi";
import { FfiscopeError, remedyFor } from "../model/index.js";
import { faultSeam } from "./fault-seam.js";

/**
 * The stack of a call, in bytes, where the environment says it (a host's does). koffi takes it before the
 * first library alone, and gives calls of this process 2 MiB else.
 */
const stackBytes = process.env.FFISCOPE_STACK_BYTES;
if (stackBytes !== undefined) koffi.config({ sync_stack_size: Number(stackBytes) });

/** The C library of this process. Everything native goes through it. */
export const libc: Pick<LibraryHandle, "func"> = withFaults(koffi.load("libc.so.6"));

/** As it is, but in a test that has put a {@link faultSeam} before it. */
function withFaults(library: LibraryHandle): Pick<LibraryHandle, "func"> {
  if (faultSeam === null) return library;
  const bind = library.func as (...definition: unknown[]) => ReturnType<LibraryHandle["func"]>;
  const func = (...definition: unknown[]) => {
    // A name, or a prototype in C: the name is before its parameters.
    const name = /(\w+)\s*(?:\(|$)/.exec(definition[0] as string)![1]!;
    return faultSeam.wrap(name, bind.apply(library, definition));
  };
  return { func: func as LibraryHandle["func"] };
}

const dlopen = libc.func("size_t dlopen(const char *name, int flags)");
const dlsym = libc.func("size_t dlsym(size_t handle, const char *name)");
const RTLD_LAZY = 1; // dlfcn.h

let handle = 0;

/**
 * The address of a function of this process's C library, behind any ifunc; null if it has none.
 * libc itself is asked: Node, which is not position-independent, would answer with entries of its
 * own PLT.
 */
export function symbolAddress(name: string): number | null {
  handle ||= Number(dlopen("libc.so.6", RTLD_LAZY));
  return Number(dlsym(handle, name)) || null;
}

/** A system call that failed, with the name and number of its error (errno(3)). */
export class SystemError extends FfiscopeError {
  readonly syscall: string;
  readonly errno: number;
  readonly errnoName: string;

  constructor(syscall: string, errno: number) {
    const errnoName = nameOfErrno(errno);
    const remedy = remedyFor(errnoName);
    super({
      code: "SYSTEM_CALL_FAILED",
      message: `${syscall} failed with ${errnoName}`,
      ...(remedy && { remedy }),
    });
    this.syscall = syscall;
    this.errno = errno;
    this.errnoName = errnoName;
  }
}

/** `ENOENT` for 2, and so on; the number where it has no name here. */
export function nameOfErrno(errno: number): string {
  return Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? String(errno);
}

/**
 * Returns `result`, or throws SystemError if it is -1. koffi's errno is stale after a success, so
 * it is read here at once and only after a failure.
 */
export function check(syscall: string, result: number | bigint): number {
  if (result === -1 || result === -1n) throw new SystemError(syscall, koffi.errno());
  return Number(result);
}
