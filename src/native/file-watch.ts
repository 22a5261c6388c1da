import { closeDescriptor } from "./files.js";
import { libc } from "./libc.js";

// inotify(7), sys/inotify.h
const IN_CLOEXEC = 0o2000000;
const IN_NONBLOCK = 0o4000;
const IN_MODIFY = 0x2;
const IN_OPEN = 0x20;
const IN_Q_OVERFLOW = 0x4000;
/** Of `struct inotify_event` in 32-bit words; watched files, unlike directories, add no name. */
const EVENT_WORDS = 4;
const MASK = 1;

const inotifyInit = libc.func("inotify_init1", "int", ["int"]);
const addWatch = libc.func("inotify_add_watch", "int", ["int", "str", "uint32"]);
const read = libc.func("read", "long", ["int", "void *", "size_t"]);

/** What has become of watched files since that was last asked. */
export type FileNews = "none" | "opened" | "written";

/**
 * Tells of files that are opened or written to, by whatever process. A write is told of by the time
 * that its system call ends; a store through a mapping is not, but somebody has opened the file for it.
 * Where the user has no inotify instances or watches left, nothing is told.
 */
export class FileWatch {
  #fd: number | null = null;
  readonly #events = new Uint32Array(EVENT_WORDS * 64);

  add(path: string): void {
    this.#fd ??= inotifyInit(IN_CLOEXEC | IN_NONBLOCK);
    if (this.#fd! >= 0) addWatch(this.#fd, path, IN_MODIFY | IN_OPEN);
  }

  news(): FileNews {
    if (this.#fd === null || this.#fd < 0) return "none";
    let news: FileNews = "none";
    for (;;) {
      const words = Number(read(this.#fd, this.#events, this.#events.byteLength)) / 4;
      if (words <= 0) return news;
      for (let at = 0; at < words; at += EVENT_WORDS) {
        const isWritten = this.#events[at + MASK]! & (IN_MODIFY | IN_Q_OVERFLOW);
        if (isWritten) news = "written";
        else if (news === "none") news = "opened";
      }
    }
  }

  close(): void {
    if (this.#fd !== null && this.#fd >= 0) closeDescriptor(this.#fd);
    this.#fd = -1;
  }
}
