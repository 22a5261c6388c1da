import { FfiscopeError, quoted, UsageError } from "../model/index.js";

const badValue = (message: string, remedy: string): UsageError =>
  new UsageError({ code: "ARGUMENT_VALUE", message, remedy });

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

  notNumber: (place: string, value: unknown) =>
    badValue(
      `${shown(value)} is no value for ${place}`,
      "Give a number or a BigInt without a fraction",
    ),

  notFloat: (place: string, value: unknown) =>
    badValue(`${shown(value)} is no value for ${place}`, "Give a number"),

  range: (place: string, value: unknown, least: bigint, most: bigint) =>
    new UsageError({
      code: "ARGUMENT_RANGE",
      message: `${shown(value)} is out of range for ${place}: it holds ${least} to ${most}`,
      remedy: "Give a number in that range, or a wider type",
    }),

  notPointer: (place: string, value: unknown) =>
    badValue(
      `${shown(value)} is no value for ${place}, a pointer`,
      "Give a buffer of the scope, bytes, text, null, or an address as a BigInt",
    ),

  notSize: (place: string, size: unknown) =>
    badValue(`${shown(size)} is no size for ${place}`, "Give out() a whole number of bytes"),

  notFunction: (place: string, value: unknown) =>
    badValue(
      `${shown(value)} is no value for ${place}, a pointer to a function`,
      "Give cmp:i32, cmp:u8, cmp:f64, cmp:str or null",
    ),

  notStruct: (place: string, value: unknown) =>
    badValue(`${shown(value)} is no value for ${place}, a struct`, "Give an object of its fields"),

  unknownField: (place: string, field: string, known: readonly string[]) =>
    badValue(
      `${place} has no field ${quoted(field)}`,
      `It has ${known.join(", ")}: give a value for some or all of them`,
    ),

  notArray: (place: string, value: unknown) =>
    badValue(`${shown(value)} is no value for ${place}, an array`, "Give an array of its elements"),

  tooMany: (place: string, given: number, length: number) =>
    badValue(`${given} elements are too many for ${place}, which has ${length}`, "Give fewer"),

  noLength: (place: string) =>
    badValue(`${place} has no length`, "Give a value, or write the length into the brackets"),
};

/** A value in a message: short, on one line. */
function shown(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? "an array" : `an object (${value.constructor?.name ?? "null"})`;
  }
  return String(value);
}
