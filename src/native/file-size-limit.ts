import { readFileSync } from "node:fs";
import { MachineError } from "../model/index.js";

/**
 * Throws where a file of `bytes` may not be made, in memory as on a disk (RLIMIT_FSIZE, setrlimit(2)):
 * the launcher could not be written, and the host would have no heap.
 */
export function requireFileSize(bytes: number): void {
  const limits = readFileSync("/proc/self/limits", "utf8");
  const [, limit] = /^Max file size\s+(\S+)/m.exec(limits) ?? [];
  if (limit === undefined || limit === "unlimited" || Number(limit) >= bytes) return;
  throw new MachineError({
    code: "FILE_SIZE_LIMIT",
    message: `files may have ${limit} bytes here, also those in memory, and tracing needs one of ${bytes}`,
    remedy: "Raise the limit of a file's size (ulimit -f unlimited)",
  });
}
