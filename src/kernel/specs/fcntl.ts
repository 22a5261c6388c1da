import { STRUCT } from "../table/structs.js";
import { type ArgumentSpec, choose, reads, updates, writes } from "./argument-spec.js";

const lock = reads(STRUCT.flock);
const lockToAsk = updates(STRUCT.flock);
const hint = 8; // uint64_t, fcntl(2)

/** linux/fcntl.h: commands that take pointers. */
const COMMANDS: Readonly<Record<number, ArgumentSpec>> = {
  5: lockToAsk, // F_GETLK
  6: lock, // F_SETLK
  7: lock, // F_SETLKW
  15: reads(STRUCT.f_owner_ex), // F_SETOWN_EX
  16: writes(STRUCT.f_owner_ex), // F_GETOWN_EX
  17: writes(2 * STRUCT.int), // F_GETOWNER_UIDS
  36: lockToAsk, // F_OFD_GETLK
  37: lock, // F_OFD_SETLK
  38: lock, // F_OFD_SETLKW
  1035: writes(hint), // F_GET_RW_HINT
  1036: reads(hint), // F_SET_RW_HINT
  1037: writes(hint), // F_GET_FILE_RW_HINT
  1038: reads(hint), // F_SET_FILE_RW_HINT
};

/** The third argument of fcntl(2). Commands that are not listed take a number. */
export const fcntlArgument: ArgumentSpec = choose((call) => COMMANDS[call.uint(1)] ?? null);
