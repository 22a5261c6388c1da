import type { Tid } from "../../model/index.js";
import { PROT_NONE, PROT_READ, PROT_WRITE } from "../../native/memory/maps.js";
import {
  MADV_HUGEPAGE,
  MAP_32BIT,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
} from "../../native/memory/mmap.js";
import { mapApart } from "../../native/remote/map-apart.js";
import type { RemoteCall } from "../../native/remote/syscall-table.js";
import { TraceeCallFailed } from "../../native/remote/tracee-call-failed.js";
import { SYS_MADVISE, SYS_MMAP } from "../../native/syscall-numbers.js";
import type { Injector } from "./injector.js";
import { THREAD_AREA_SIZE } from "./thread-area.js";

/** Size of a log, in bytes. Only what is used takes memory. */
const LOG_SIZE = 32 << 20;
/**
 * A huge page, in bytes: a log is filled from its beginning, so one page of 2 MiB serves it well.
 */
const HUGE_PAGE = 2 << 20;
/** From one log to the other, in bytes. */
const LOG_DISTANCE = LOG_SIZE + HUGE_PAGE;

/** Memory for records, followed by an inaccessible page. */
export interface LogRange {
  readonly start: number;
  readonly end: number;
}

/** What fragments of one thread write to, in the tracee. */
export interface ThreadMemory {
  /** Of the slots and the table of indirect branches (thread-area.ts). */
  readonly area: number;
  /** While the one is read, the thread writes to the other. */
  readonly logs: readonly [LogRange, LogRange];
}

/** Runs system calls on the borrowed thread `tid`. Throws TraceeCallFailed where one fails. */
export function mapThreadMemory(code: Injector, tid: Tid): ThreadMemory {
  const anonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const map = (at: number, size: number, protection: number, flags: number): RemoteCall => ({
    number: SYS_MMAP,
    args: [at, size, protection, flags, -1, 0],
  });
  const readWrite = PROT_READ | PROT_WRITE;
  const [area, reserved] = made(
    mapApart(
      (calls) => code.syscalls(tid, calls),
      [
        { size: THREAD_AREA_SIZE, protection: readWrite, flags: MAP_32BIT },
        { size: 2 * LOG_DISTANCE + HUGE_PAGE, protection: PROT_NONE },
      ],
    ),
  );
  const first = Math.ceil(reserved! / HUGE_PAGE) * HUGE_PAGE;
  const logAt = (start: number): LogRange => ({ start, end: start + LOG_SIZE });
  const logs = [logAt(first), logAt(first + LOG_DISTANCE)] as const;
  const advice = ({ start }: LogRange): RemoteCall => ({
    number: SYS_MADVISE,
    args: [start, LOG_SIZE, MADV_HUGEPAGE], // if there are any
  });
  const mapped = code.syscalls(tid, [
    ...logs.map(({ start }) => map(start, LOG_SIZE, readWrite, anonymous | MAP_FIXED)),
    ...logs.map(advice),
  ]);
  made(mapped.slice(0, logs.length));
  return { area: area!, logs };
}

/** Results of mmap(2). Throws TraceeCallFailed where one failed. */
function made(results: readonly number[]): readonly number[] {
  const failed = results.find((result) => result < 0);
  if (failed !== undefined) throw new TraceeCallFailed("mmap", -failed);
  return results;
}
