import { type BigIntStats, lstatSync, readdirSync, statSync } from "node:fs";
import type { Tid } from "../../model/index.js";

const OWNER_WRITES = 0o200n;
const LOOK = { bigint: true, throwIfNoEntry: false } as const;

/**
 * A task has the file open for writing: the mode of the link in /proc/TID/fd says so (proc_pid_fd(5)).
 * Throws where its descriptors cannot be listed.
 */
export function hasOpenForWriting(tid: Tid, file: BigIntStats): boolean {
  const directory = `/proc/${tid}/fd`;
  return readdirSync(directory).some((fd) => {
    const link = lstatSync(`${directory}/${fd}`, LOOK);
    if (!link || !(link.mode & OWNER_WRITES)) return false;
    const open = statSync(`${directory}/${fd}`, LOOK);
    return open !== undefined && open.ino === file.ino && open.dev === file.dev;
  });
}
