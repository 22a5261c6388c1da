import { readlinkSync } from "node:fs";
import { TracingRefused } from "./ptrace/ptrace.js";

let checked = false;

/**
 * /proc is there, and numbers processes as this process does: a process of a PID namespace without a
 * /proc of its own finds other processes under the numbers of its children. Throws TracingRefused.
 */
export function requireOwnProc(): void {
  if (checked) return;
  const number = ownNumber();
  if (number !== String(process.pid)) {
    throw new TracingRefused({
      code: "PROC_UNUSABLE",
      message:
        number === null
          ? "there is no /proc to look at processes by"
          : `/proc is of another PID namespace: it calls this process ${number}, whose number is ${process.pid}`,
      remedy: "Mount it: mount -t proc proc /proc (unshare has --mount-proc)",
    });
  }
  checked = true;
}

function ownNumber(): string | null {
  try {
    return readlinkSync("/proc/self");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EACCES") return null;
    throw error;
  }
}
