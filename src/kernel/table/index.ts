/**
 * The system calls of x86-64: numbers, names, and what their arguments lead to. A test holds the
 * numbers to asm/unistd_64.h, the number of arguments to what strace(1) prints, and the sizes of
 * structures to the C headers.
 */
import { EXCHANGE } from "./exchange.js";
import { PATHS } from "./paths.js";
import { POLLING } from "./polling.js";
import { PROCESSES } from "./processes.js";
import type { Syscall } from "./row.js";
import { SECURITY } from "./security.js";
import { SIGNALS } from "./signals.js";
import { SOCKETS } from "./sockets.js";
import { SYSTEM } from "./system.js";
import { TIME } from "./time.js";
import { TRANSFER } from "./transfer.js";
import { WITHOUT_POINTERS } from "./without-pointers.js";

export const SYSCALLS: readonly Syscall[] = [
  ...TRANSFER,
  ...PATHS,
  ...SOCKETS,
  ...POLLING,
  ...TIME,
  ...SIGNALS,
  ...PROCESSES,
  ...SECURITY,
  ...EXCHANGE,
  ...SYSTEM,
  ...WITHOUT_POINTERS,
].sort((a, b) => a.number - b.number);

/** By number; undefined for one that is not known here. */
export const SYSCALL_BY_NUMBER: readonly (Syscall | undefined)[] = SYSCALLS.reduce<
  (Syscall | undefined)[]
>((table, syscall) => {
  table[syscall.number] = syscall;
  return table;
}, []);

export type { Syscall } from "./row.js";
