import { FfiscopeError } from "./errors.js";

/** What this machine did not give; the command exits with 3. */
export class MachineError extends FfiscopeError {}

interface Lack {
  readonly code: string;
  readonly what: string;
  readonly remedy: string;
}

const DESCRIPTORS: Lack = {
  code: "OUT_OF_DESCRIPTORS",
  what: "this process may open no more files",
  remedy: "Raise the limit of open files (ulimit -n, 1024 is enough)",
};

const MEMORY: Lack = {
  code: "OUT_OF_MEMORY",
  what: "this process gets no more memory",
  remedy:
    "Raise the limit of its address space (ulimit -v; ffiscope wants about 14 GB of it, most of which stays unused) or of its container's memory",
};

const THREADS: Lack = {
  code: "OUT_OF_THREADS",
  what: "no more threads or processes can be started",
  remedy: "Raise the limit of the user's processes (ulimit -u) or of the container's (pids.max)",
};

const FILE_SIZE: Lack = {
  code: "FILE_SIZE_LIMIT",
  what: "this process may not write files as large as tracing needs, also in memory",
  remedy: "Raise the limit of a file's size (ulimit -f)",
};

const DIRECTORY: Lack = {
  code: "NO_WORKING_DIRECTORY",
  what: "the working directory has been removed",
  remedy: "Change to a directory that exists",
};

const ADDON: Lack = {
  code: "KOFFI_NOT_LOADED",
  what: "koffi's native code cannot be loaded",
  remedy:
    "Install the package anew on this machine (npm install), for its own platform and C library",
};

/** Its message may end with the name of the system's error. */
const WORKER_NOT_STARTED = "ERR_WORKER_INIT_FAILED";

const BY_CODE: Readonly<Record<string, Lack>> = {
  EMFILE: DESCRIPTORS,
  ENFILE: DESCRIPTORS,
  ENOMEM: MEMORY,
  ERR_WORKER_OUT_OF_MEMORY: MEMORY,
  ERR_MEMORY_ALLOCATION_FAILED: MEMORY,
  EFBIG: FILE_SIZE,
  EAGAIN: THREADS,
  [WORKER_NOT_STARTED]: THREADS,
  ERR_DLOPEN_FAILED: ADDON,
};

/** How V8 says of a WebAssembly, an array or a thread that there is no memory for it. */
const NO_MEMORY = /out of memory|could not allocate|allocation failed/i;

/** What kind of lack an error of Node or of the system is; null where it is none. */
export function machineErrorOf(error: unknown): MachineError | null {
  if (error instanceof MachineError) return error;
  if (!(error instanceof Error)) return null;
  const lack = lackOf(error);
  if (!lack) return null;
  const { code, what, remedy } = lack;
  const text = error instanceof FfiscopeError ? error.shortMessage : error.message;
  const [line] = text.split("\n");
  return new MachineError({ code, message: `${what} (${line})`, remedy, cause: error });
}

/** A SystemError of native/, or one of Node's. */
type Failed = Error & {
  readonly code?: string;
  readonly syscall?: string;
  readonly errnoName?: string;
};

function lackOf(error: Failed): Lack | null {
  const { syscall = "" } = error;
  if (syscall.endsWith("in the tracee")) return null; // that process's lack, and told so
  const name = error.errnoName ?? error.code ?? "";
  if (name === "EAGAIN" && syscall !== "posix_spawn") return null; // no more than a wait
  const known = BY_CODE[name === WORKER_NOT_STARTED ? causeIn(error) : name];
  if (known || error instanceof FfiscopeError) return known ?? null;
  if (/\buv_cwd\b/.test(error.message)) return DIRECTORY;
  if (/Cannot find the native Koffi module/.test(error.message)) return ADDON;
  return NO_MEMORY.test(error.message) ? MEMORY : null;
}

function causeIn({ message }: Error): string {
  const [, name = ""] = /: (E[A-Z]+)$/.exec(message) ?? [];
  return name in BY_CODE ? name : WORKER_NOT_STARTED;
}
