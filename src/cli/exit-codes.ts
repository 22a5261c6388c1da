import { FfiscopeError, MachineError, UsageError } from "../model/index.js";

/** Exit codes of the command line; fixed. */
export const ALL_WELL = 0;
export const CALL_WENT_WRONG = 1;
export const WRONG_COMMAND_LINE = 2;
export const CANNOT_TRACE_HERE = 3;

/** Errors that say the command line named something that is not there. */
const WRONG_INPUT = new Set([
  "LIBRARY_NOT_LOADED",
  "SYMBOL_NOT_FOUND",
  "NOT_A_FUNCTION",
  "PROGRAM_NOT_STARTED",
  "HEAP_FULL",
  "OPAQUE_BY_VALUE",
  "INSPECTOR_PORT",
]);

/** Those that came from a tracer, by their codes: an error does not keep its class on the way. */
const MACHINE = new Set([
  ...["TRACE_NOT_PERMITTED", "LAUNCHER_REFUSED", "UNSUPPORTED_PLATFORM", "PROC_UNUSABLE"],
  ...[
    "OUT_OF_DESCRIPTORS",
    "OUT_OF_MEMORY",
    "OUT_OF_THREADS",
    "KOFFI_NOT_LOADED",
    "FILE_SIZE_LIMIT",
    "NO_WORKING_DIRECTORY",
    "HOST_NOT_STARTED",
  ],
]);

export function exitCodeOf(error: FfiscopeError): number {
  if (error instanceof UsageError || WRONG_INPUT.has(error.code)) return WRONG_COMMAND_LINE;
  return error instanceof MachineError || MACHINE.has(error.code)
    ? CANNOT_TRACE_HERE
    : CALL_WENT_WRONG;
}

/** This is Linux on x86-64, or an error. */
export function requirePlatform(platform = process.platform, arch = process.arch): void {
  if (platform === "linux" && arch === "x64") return;
  throw new FfiscopeError({
    code: "UNSUPPORTED_PLATFORM",
    message: `ffiscope traces on Linux x86-64, and this is ${platform} ${arch}`,
    remedy: "Run it on a Linux x86-64 machine, or in a virtual one",
  });
}
