import { FfiscopeError } from "./errors.js";
import { machineErrorOf } from "./machine-errors.js";

/** Why a session cannot go on, as it crosses threads and stands in a report. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | null;
}

/** What a person can do about a system call that failed with an error (errno(3)). */
const REMEDIES: Readonly<Record<string, string>> = {
  EMFILE: "Raise the limit of open files (ulimit -n), or run fewer sessions at a time",
  ENFILE: "The whole system has too many files open: close some, or raise fs.file-max",
  ENOMEM: "Free some memory, or raise the limit on it (ulimit -v, or the container's)",
  EAGAIN: "Raise the limit of processes and threads (ulimit -u, or the container's pids.max)",
  ENOSPC: "Make room on the disk, or set TMPDIR to a folder that has some",
  EDQUOT: "Make room within your quota, or set TMPDIR to a folder that has some",
  EFBIG: "Raise the limit on the size of files (ulimit -f)",
};

/** What to do about a system call that failed with `errnoName`; null where nothing in particular. */
export function remedyFor(errnoName: string): string | null {
  return REMEDIES[errnoName] ?? null;
}

/** What went wrong, whatever was thrown. An error that nobody foresaw is a defect of ours. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FfiscopeError) {
    return { code: error.code, message: error.shortMessage, remedy: error.remedy };
  }
  if (isErrnoException(error)) {
    const { code, syscall, path } = error;
    return {
      code: "SYSTEM_CALL_FAILED",
      message: `${syscall} failed with ${code}${path ? ` (${path})` : ""}`,
      remedy: remedyFor(code),
    };
  }
  const lack = machineErrorOf(error);
  if (lack) return failureOf(lack);
  const text = error instanceof Error ? error.message : String(error);
  return {
    code: "INTERNAL",
    message: `internal error: ${text.replaceAll(/\s*\n\s*/g, " ")}`,
    remedy: "Please report this with the command that shows it",
  };
}

type ErrnoException = Error & { code: string; syscall: string; path?: string };

/** As Node's `fs` throws them. */
function isErrnoException(error: unknown): error is ErrnoException {
  const { code, syscall } = error as Partial<ErrnoException>;
  return error instanceof Error && typeof code === "string" && typeof syscall === "string";
}
