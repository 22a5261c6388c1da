import { readlinkSync, statSync } from "node:fs";
import type { Tid, TraceeAddress } from "../../model/index.js";
import { type FileNews, FileWatch } from "../../native/file-watch.js";
import { readMappings } from "../../native/memory/maps.js";
import { hasOpenForWriting } from "../../native/remote/writable-files.js";

/** How /proc/PID/maps marks a file that has no name any more, or never had one (memfd_create(2)). */
const DELETED = " (deleted)";

/**
 * The files that code may be translated from. A private mapping shows what is written to its file, so
 * it has to be one that the process can write neither by a descriptor nor by a shared mapping, and that
 * has a name by which it can be watched: who opens it or writes to it later is told of.
 */
export class CodeFiles {
  readonly #watch = new FileWatch();

  /** A living thread of the process, which is looked at. */
  tid: Tid | null = null;

  /** Of the mapping at `start`. */
  trusts(start: TraceeAddress): boolean {
    const { tid } = this;
    if (tid === null) return false;
    const mappings = readMappings(tid);
    const name = mappings.find((mapping) => mapping.start === start)?.name ?? "";
    if (!name.startsWith("/") || name.endsWith(DELETED)) return false;
    if (mappings.some((mapping) => mapping.shared && mapping.name === name)) return false;
    const path = `/proc/${tid}/root${name.replaceAll("\\012", "\n")}`;
    this.#watch.add(path); // before the look: who opens it behind that is told of
    try {
      return !hasOpenForWriting(tid, statSync(path, { bigint: true }));
    } catch {
      return false; // it cannot be looked at: its code is left to the reference engine
    }
  }

  news(): FileNews {
    return this.#watch.news();
  }

  close(): void {
    this.#watch.close();
  }
}

/** The descriptor of a task leads to the memory of a process, which can be written whatever it allows. */
export function isProcessMemory(tid: Tid, fd: number): boolean {
  try {
    return readlinkSync(`/proc/${tid}/fd/${fd}`).endsWith("/mem");
  } catch (error) {
    // Closed: nothing was written. Where it cannot be told, it counts as written: code is read anew.
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}
