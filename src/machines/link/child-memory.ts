import { fstatSync } from "node:fs";
import { FfiscopeError } from "../../model/index.js";
import { closeFile } from "../../native/files.js";
import { type GivenMemory, memoryOf } from "./child-descriptor.js";

/** Heaps that a child may announce: it has one, and programs that it becomes (execve) have others. */
const MOST_HEAPS = 16;

/** Descriptors of a child's heaps: the tracer and whoever hears of a heap use them; they are closed here. */
export class ChildHeaps {
  readonly #open: { readonly fd: number; readonly file: string }[] = [];

  /** As {@link memoryOf}; at most so many. */
  open(pidfd: number, given: GivenMemory): number | null {
    if (this.#open.length === MOST_HEAPS) {
      throw new FfiscopeError({
        code: "HEAP_REFUSED",
        message: `the child has announced ${MOST_HEAPS} heaps, and announces another`,
      });
    }
    const opened = memoryOf(pidfd, given);
    if (opened !== null) this.#open.push({ fd: opened, file: fileOf(opened)! });
    return opened;
  }

  /** One that an app has closed is left alone: its number may be another file's by now. */
  close(): void {
    for (const { fd, file } of this.#open.splice(0)) if (fileOf(fd) === file) closeFile(fd);
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
