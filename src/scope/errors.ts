import { FfiscopeError, quoted, UsageError } from "../model/index.js";

const HOST_NEEDS = "It is Node, which needs 12 threads and 8 GB of address space";

/** The errors of using a scope. */
export const scopeErrors = {
  /** The session ended before it made the call. */
  hostEnded: (exitCode: number | null, signal: string | null) =>
    new FfiscopeError({
      code: "HOST_ENDED",
      message: `the process that was to make the call ${signal ? `was killed by ${signal}` : `exited with code ${exitCode}`} before it did`,
      remedy: "Loading the library may have ended it; see what it printed",
    }),

  /** It ended before it could be asked for anything: no library is to blame. */
  hostNotStarted: (exitCode: number | null, signal: string | null) =>
    new FfiscopeError({
      code: "HOST_NOT_STARTED",
      message: `the process that was to make the call ${signal ? `was killed by ${signal}` : `exited with code ${exitCode}`} while it started`,
      remedy: `${HOST_NEEDS}: see what it printed, and raise ulimit -u and ulimit -v`,
    }),

  /** The session's own remedy is meant for programs that speak the protocol. */
  hostStartTimeout: () =>
    new FfiscopeError({
      code: "START_TIMEOUT",
      message: "the process that was to make the call has not started in time",
      remedy: `${HOST_NEEDS}: where ulimit -u and ulimit -v allow that, give it longer with startTimeout or --start-timeout, in ms`,
    }),

  closed: () =>
    new FfiscopeError({
      code: "SCOPE_CLOSED",
      message: "the scope is closed",
      remedy: "Open another with Scope.open()",
    }),

  loadTimeout: (library: string, ms: number) =>
    new FfiscopeError({
      code: "LOAD_TIMEOUT",
      message: `loading ${quoted(library)} has not come to an end within ${ms} ms`,
      remedy:
        "Its constructors may hang; give it longer with startTimeout or --start-timeout, in ms",
    }),

  freed: (name: string) =>
    new FfiscopeError({
      code: "BUFFER_FREED",
      message: `buffer ${quoted(name)} has been freed`,
      remedy: "Allocate another, or free it later",
    }),

  foreignBuffer: (name: string) =>
    new FfiscopeError({
      code: "FOREIGN_BUFFER",
      message: `buffer ${quoted(name)} belongs to another scope`,
      remedy: "Allocate it in the scope that makes the call",
    }),

  outside: (name: string, from: number, to: number, size: number) =>
    new FfiscopeError({
      code: "BUFFER_RANGE",
      message: `bytes ${from} to ${to} are not all in buffer ${quoted(name)} of ${size} bytes`,
      remedy: "Give a range inside it",
    }),

  unreadable: (address: string) =>
    new FfiscopeError({
      code: "MEMORY_UNREADABLE",
      message: `the host has no memory at ${address}`,
      remedy: "Give an address that a call has returned, and that was not freed since",
    }),

  noNul: (address: string, bytes: number) =>
    new FfiscopeError({
      code: "TEXT_TOO_LONG",
      message: `the text at ${address} has no NUL within ${bytes} bytes`,
      remedy: "Use read() for memory that is no text",
    }),

  notSize: (what: string, shown: string) =>
    new UsageError({
      code: "ARGUMENT_VALUE",
      message: `${shown} is no size for ${what}`,
      remedy: "Give a whole number of bytes",
    }),

  notAddress: (what: string, shown: string) =>
    new UsageError({
      code: "ARGUMENT_VALUE",
      message: `${shown} is no address for ${what}`,
      remedy: "Give a BigInt, such as the result of a call, a buffer, or buffer.at(offset)",
    }),

  notTextType: (shown: string) =>
    new UsageError({
      code: "ARGUMENT_VALUE",
      message: `${shown} is no type of characters`,
      remedy: "Give char, wchar_t, char16_t or char32_t",
    }),

  noData: (library: string, name: string) =>
    new FfiscopeError({
      code: "SYMBOL_NOT_FOUND",
      message: `library ${quoted(library)} has no data ${quoted(name)}`,
      remedy: "Check the name (nm -D lists what a library exports)",
    }),

  poolData: (name: string) =>
    new UsageError({
      code: "POOL_DATA",
      message: `${quoted(name)} is data of one host, and a pool has many`,
      remedy: "Use pool.run(async (scope) => …) and load the library in that scope",
    }),

  badHeapBytes: (bytes: number) =>
    new UsageError({
      code: "HEAP_BYTES",
      message: `a heap of ${bytes} bytes cannot be made`,
      remedy: "Give a power of two of at least 65536",
    }),

  argumentCount: (name: string, expected: string, got: number) =>
    new UsageError({
      code: "ARGUMENT_COUNT",
      message: `${name} takes ${expected} and got ${got}`,
      remedy: "Give one value a parameter, then { signal, timeout } if at all",
    }),
};
