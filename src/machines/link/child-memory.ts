import { closeSync, fstatSync, openSync } from "node:fs";
import { mappingsOf } from "../../guard/handed-pages.js";
import { FfiscopeError, type Pid } from "../../model/index.js";

/** Heaps that a child may announce: it has one, and programs that it becomes (execve) have others. */
const MOST_HEAPS = 16;

/**
 * What the child has open under `fd`, opened for us too; null where the child has died since it told
 * of it. Throws FfiscopeError HEAP_REFUSED. `message`: in which it was told.
 */
export function openDescriptorOf(pid: Pid, fd: number, message: string): number | null {
  try {
    return openSync(`/proc/${pid}/fd/${fd}`, "r+");
  } catch (cause) {
    if (mappingsOf(pid).length === 0) return null;
    throw new FfiscopeError({
      code: "HEAP_REFUSED",
      message: `descriptor ${fd} of ${message} cannot be opened`,
      cause,
    });
  }
}

/** Descriptors of a child's heaps: the tracer and whoever hears of a heap use them; they are closed here. */
export class ChildHeaps {
  readonly #open: { readonly fd: number; readonly file: string }[] = [];

  /** As {@link openDescriptorOf}; at most so many. */
  open(pid: Pid, fd: number): number | null {
    if (this.#open.length === MOST_HEAPS) {
      throw new FfiscopeError({
        code: "HEAP_REFUSED",
        message: `the child has announced ${MOST_HEAPS} heaps, and announces another`,
      });
    }
    const opened = openDescriptorOf(pid, fd, "Heap");
    if (opened !== null) this.#open.push({ fd: opened, file: fileOf(opened)! });
    return opened;
  }

  /** One that an app has closed is left alone: its number may be another file's by now. */
  close(): void {
    for (const { fd, file } of this.#open.splice(0)) if (fileOf(fd) === file) closeSync(fd);
  }
}

/** The same for descriptors of one file alone; null where `fd` is not open. */
function fileOf(fd: number): string | null {
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBADF") return null;
    throw error;
  }
}
