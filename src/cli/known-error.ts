import { FfiscopeError, machineErrorOf } from "../model/index.js";

/** What keeps a file from taking what is written to it, and what to do about it. */
const UNWRITABLE: Readonly<Record<string, string>> = {
  ENOSPC: "Make room on the disk that it is written to",
  EDQUOT: "Make room in the quota of the disk that it is written to",
  EFBIG: "Raise the limit of a file's size (ulimit -f)",
  EIO: "See what has happened to the terminal or the disk that it is written to",
  EBADF: "Start the command with standard output open",
};

/** An error as the command tells it in one line; null where it is a defect of ours. */
export function knownError(error: unknown): FfiscopeError | null {
  if (error instanceof FfiscopeError) return machineErrorOf(error) ?? error;
  const remedy = UNWRITABLE[(error as NodeJS.ErrnoException | null)?.code ?? ""];
  if (remedy === undefined) return machineErrorOf(error);
  const { message } = error as Error;
  return new FfiscopeError({
    code: "OUTPUT_NOT_WRITTEN",
    message: `what the command prints cannot be written (${message})`,
    remedy,
    cause: error,
  });
}
