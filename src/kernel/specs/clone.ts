import { wordAt } from "../call.js";
import { STRUCT } from "../table/structs.js";
import { type ArgumentSpec, area, read, special, write } from "./argument-spec.js";

// linux/sched.h
const CLONE_PIDFD = 0x1000;
const CLONE_PARENT_SETTID = 0x100000;

const number = special(STRUCT.int, (end, size) => (end.succeeded ? [write(0, size)] : []));

/**
 * The third argument of clone(2). The stack, the thread's own words and what the kernel writes to at
 * its end keep their addresses.
 */
export const cloneParentNumber: ArgumentSpec = (call, address, slot) =>
  call.uint(0) & (CLONE_PIDFD | CLONE_PARENT_SETTID) ? number(call, address, slot) : null;

/** struct clone_args, clone3(2): `u64 flags, pidfd, child_tid, parent_tid, ...` */
const PIDFD = 8;
const PARENT_NUMBER = 24;
const LEAST = 64; // CLONE_ARGS_SIZE_VER0

export const cloneArguments: ArgumentSpec = (call, address, slot) => {
  const size = call.arg(1);
  const bytes = address === 0 || size < LEAST ? Buffer.alloc(0) : call.bytes(address, LEAST);
  if (bytes.length < LEAST) return null;
  const flags = bytes.readUInt32LE(0);
  const part = (flag: number, at: number) =>
    flags & flag ? number(call, wordAt(bytes, at), at) : null;
  const parts = [part(CLONE_PIDFD, PIDFD), part(CLONE_PARENT_SETTID, PARENT_NUMBER)];
  return area(call, address, slot, size, (end) => (end.lookedAt ? [read(0, size)] : []), {
    parts: parts.filter((one) => one !== null),
  });
};
