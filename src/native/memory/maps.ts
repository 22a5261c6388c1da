import type { Pid, Tid, TraceeAddress } from "../../model/index.js";
import { readProcFile } from "../proc-file.js";

/** Protection bits of mmap(2). */
export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;

/** One line of /proc/PID/maps (proc_pid_maps(5)). */
export interface Mapping {
  readonly start: TraceeAddress;
  readonly end: TraceeAddress;
  /** PROT_* bits. */
  readonly protection: number;
  readonly shared: boolean;
  /** In bytes, into the mapped file. */
  readonly offset: number;
  /** The file's, with its device; 0 where no file is behind the mapping. */
  readonly inode: number;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  /** Path, `[vdso]` and the like, or empty. */
  readonly name: string;
}

/**
 * The text of /proc/PID/maps; any thread of the process will do that has not exited. Null for a task
 * that is gone. Throws TraceeUnreadable.
 */
export function readMapsText(task: Pid | Tid): string | null {
  return readProcFile(task, "maps");
}

/** The mappings of a process, in order of address; any thread of it will do that has not exited. */
export function readMappings(task: Pid | Tid): Mapping[] {
  return parseMappings(readMapsText(task) ?? "");
}

/** A parser by hand, for speed: with a heap of a thousand mappings it runs in each call. */
export function parseMappings(text: string): Mapping[] {
  const mappings: Mapping[] = [];
  const line = new MapsLine(text);
  while (line.at < text.length) mappings.push(line.next());
  return mappings;
}

const ZERO = 0x30;
const NINE = 0x39;
const LOWER_A = 0x61;
const SPACE = 0x20;

/** `START-END rwxp OFFSET MAJOR:MINOR INODE    NAME`, numbers in hexadecimal but for the inode. */
class MapsLine {
  at = 0;

  constructor(private readonly text: string) {}

  next(): Mapping {
    const start = this.#hex() as TraceeAddress;
    const end = this.#hex() as TraceeAddress;
    const [r, w, x, p] = this.text.slice(this.at, this.at + 4);
    this.at += 5;
    const offset = this.#hex();
    const deviceMajor = this.#hex();
    const deviceMinor = this.#hex();
    const inode = this.#decimal();
    while (this.text.charCodeAt(this.at) === SPACE) this.at++;
    const newline = this.text.indexOf("\n", this.at);
    const lineEnd = newline < 0 ? this.text.length : newline;
    const name = this.text.slice(this.at, lineEnd);
    this.at = lineEnd + 1;
    const protection =
      (r === "r" ? PROT_READ : 0) | (w === "w" ? PROT_WRITE : 0) | (x === "x" ? PROT_EXEC : 0);
    const shared = p === "s";
    return { start, end, protection, shared, offset, inode, deviceMajor, deviceMinor, name };
  }

  #decimal(): number {
    let value = 0;
    for (let code = this.text.charCodeAt(this.at); code >= ZERO; ) {
      value = value * 10 + code - ZERO;
      code = this.text.charCodeAt(++this.at);
    }
    return value;
  }

  /** The number here; moves past the character behind it. */
  #hex(): number {
    let value = 0;
    for (;;) {
      const code = this.text.charCodeAt(this.at++);
      if (code >= LOWER_A) value = value * 16 + code - LOWER_A + 10;
      else if (code >= ZERO && code <= NINE) value = value * 16 + code - ZERO;
      else return value;
    }
  }
}
