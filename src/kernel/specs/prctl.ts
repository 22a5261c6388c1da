import { type ArgumentSpec, choose, opaque, value, writes } from "./argument-spec.js";
import { filterProgram } from "./filter-program.js";
import { text } from "./strings.js";

const NAME = 16; // TASK_COMM_LEN: a thread's name with its NUL
const MAPPING_NAME = 80; // ANON_VMA_NAME_MAX_LEN

const int = writes(4);
const long = writes(8);
const name = text(NAME);

/** linux/prctl.h: options of prctl(2) that take pointers, with the argument spec of each argument. */
const OPTIONS: Readonly<Record<number, readonly (ArgumentSpec | null)[]>> = {
  2: [int], // PR_GET_PDEATHSIG
  5: [int], // PR_GET_UNALIGN
  9: [int], // PR_GET_FPEMU
  11: [int], // PR_GET_FPEXC
  15: [name], // PR_SET_NAME
  16: [writes(NAME)], // PR_GET_NAME
  19: [int], // PR_GET_ENDIAN
  22: [value, filterProgram], // PR_SET_SECCOMP
  25: [int], // PR_GET_TSC
  35: [value, opaque, value, value], // PR_SET_MM
  37: [int], // PR_GET_CHILD_SUBREAPER
  40: [long], // PR_GET_TID_ADDRESS
  59: [value, opaque], // PR_SET_SYSCALL_USER_DISPATCH
  62: [value, value, value, long], // PR_SCHED_CORE
  1096112214: [opaque], // PR_GET_AUXV
  1398164801: [value, value, value, text(MAPPING_NAME)], // PR_SET_VMA
};

/** Argument `index` of prctl(2). Options that are not listed take numbers. */
export function prctlArgument(index: number): ArgumentSpec {
  return choose((call) => OPTIONS[call.uint(0)]?.[index - 1] ?? null);
}
