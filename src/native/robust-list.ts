import type { Tid, TraceeAddress } from "../model/index.js";
import { ESRCH } from "./errno.js";
import { check, libc, SystemError } from "./libc.js";
import { SYS_GET_ROBUST_LIST } from "./syscall-numbers.js";

const syscall = libc.func("syscall", "long", ["long", "size_t", "void *", "void *"]);

/** Where the list of locks begins that a thread is to be known to hold at its end; 0 for none. */
export function robustListHead(tid: Tid): TraceeAddress {
  const head = new BigUint64Array(1);
  try {
    check("get_robust_list", syscall(SYS_GET_ROBUST_LIST, tid, head, new BigUint64Array(1)));
  } catch (error) {
    if (error instanceof SystemError && error.errno === ESRCH) return 0 as TraceeAddress;
    throw error;
  }
  return Number(head[0]) as TraceeAddress;
}
