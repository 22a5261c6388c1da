import { PAGE_SIZE, type Tid } from "../../model/index.js";
import {
  MADV_HUGEPAGE,
  MAP_32BIT,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
  type RemoteCall,
  type RemoteCode,
  SYS_MADVISE,
  SYS_MMAP,
  SystemError,
} from "../../native/index.js";
import { THREAD_AREA_SIZE } from "./thread-area.js";

/** Of the log of one thread, in bytes: only what is used takes memory. */
const LOG_SIZE = 64 << 20;
/** In bytes. The log is written from its beginning, so that one in place of 512 pages is no waste. */
const HUGE_PAGE = 2 << 20;

/** What fragments of one thread write to, in the tracee. Behind the log is a page that is not there. */
export interface ThreadMemory {
  /** Of the slots and the table of indirect branches (thread-area.ts). */
  readonly area: number;
  readonly log: number;
  readonly logEnd: number;
}

/** Runs system calls on the borrowed thread `tid`. Throws SystemError where one fails. */
export function mapThreadMemory(code: RemoteCode, tid: Tid): ThreadMemory {
  const anonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const map = (at: number, size: number, protection: number, flags: number): RemoteCall => ({
    number: SYS_MMAP,
    args: [at, size, protection, flags, -1, 0],
  });
  const readWrite = PROT_READ | PROT_WRITE;
  const [area, reserved] = made(
    code.syscalls(tid, [
      map(0, THREAD_AREA_SIZE, readWrite, anonymous | MAP_32BIT),
      map(0, LOG_SIZE + HUGE_PAGE + PAGE_SIZE, PROT_NONE, anonymous),
    ]),
  );
  const log = Math.ceil(reserved! / HUGE_PAGE) * HUGE_PAGE;
  const [mapped] = code.syscalls(tid, [
    map(log, LOG_SIZE, readWrite, anonymous | MAP_FIXED),
    { number: SYS_MADVISE, args: [log, LOG_SIZE, MADV_HUGEPAGE] }, // if there are any
  ]);
  made([mapped!]);
  return { area: area!, log, logEnd: log + LOG_SIZE };
}

/** Results of mmap(2). Throws SystemError where one failed. */
function made(results: readonly number[]): readonly number[] {
  const failed = results.find((result) => result < 0);
  if (failed !== undefined) throw new SystemError("mmap in the tracee", -failed);
  return results;
}
