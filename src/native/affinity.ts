import type { Tid } from "../model/index.js";
import { check, libc } from "./libc.js";

/** Room for 8192 processors, in bytes: more than Linux is built for. */
const MASK_SIZE = 1024;

const schedGetAffinity = libc.func("sched_getaffinity", "int", ["int", "size_t", "void *"]);
const schedSetAffinity = libc.func("sched_setaffinity", "int", ["int", "size_t", "void *"]);
const schedGetCpu = libc.func("int sched_getcpu()");
const schedYield = libc.func("int sched_yield()");

/** Processors, as sched_setaffinity(2) takes them: bit n of byte n/8 for processor n. */
export type CpuMask = Uint8Array;

export function noCpus(): CpuMask {
  return new Uint8Array(MASK_SIZE);
}

/** Fills `into` with where a thread may run. 0: the calling thread. Throws SystemError. */
export function readCpuAffinity(tid: Tid | 0, into: CpuMask): void {
  check("sched_getaffinity", schedGetAffinity(tid, into.length, into));
}

export function setCpuAffinity(tid: Tid | 0, mask: CpuMask): void {
  check("sched_setaffinity", schedSetAffinity(tid, mask.length, mask));
}

/** The processor that the calling thread runs on. */
export function currentCpu(): number {
  return check("sched_getcpu", schedGetCpu());
}

/** Lets another thread that waits for this processor run. */
export function yieldCpu(): void {
  schedYield();
}
