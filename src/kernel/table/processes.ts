/** Processes and threads: starting, waiting for and asking about them, scheduling them. */
import { EINVAL } from "../../native/errno.js";
import type { Call } from "../call.js";
import {
  type ArgumentSpec,
  opaque,
  reads,
  returned,
  special,
  uint,
  value,
  when,
  write,
  writes,
} from "../specs/argument-spec.js";
import { cloneArguments, cloneParentNumber } from "../specs/clone.js";
import { prctlArgument } from "../specs/prctl.js";
import { path, texts } from "../specs/strings.js";
import { row } from "./row.js";
import { STRUCT } from "./structs.js";

const SCHED_ATTR_SIZE = 56; // linux/sched/types.h

// asm/prctl.h
const ARCH_GET_FS = 0x1003;
const ARCH_GET_GS = 0x1004;
const ARCH_GET_XCOMP_SUPP = 0x1021;
const ARCH_GET_XCOMP_PERM = 0x1022;
const ARCH_GET_XCOMP_GUEST_PERM = 0x1024;
const ARCH_GETS: readonly number[] = [
  ...[ARCH_GET_FS, ARCH_GET_GS],
  ...[ARCH_GET_XCOMP_SUPP, ARCH_GET_XCOMP_PERM, ARCH_GET_XCOMP_GUEST_PERM],
];

const { int, long, pointer, rlimit, rusage, sched_param, siginfo, timespec } = STRUCT;

/** Written where a child was waited for. */
const found = (size: number): ArgumentSpec =>
  special(size, (end, most) => (end.result > 0 ? [write(0, most)] : []));

/** waitid(2) fills all but the padding, also where it finds nobody. */
const foundInfo = special(siginfo, (end) =>
  end.wasReached && end.errno !== EINVAL ? [write(0, 3 * int), write(4 * int, 3 * int)] : [],
);

const usage = writes(rusage);
const groups = (call: Call) => Math.max(0, call.int(0)) * int;

export const PROCESSES = [
  row(59, "execve", path, texts, texts),
  row(322, "execveat", value, path, texts, texts, value),
  row(61, "wait4", value, found(int), value, found(rusage)),
  row(247, "waitid", value, value, foundInfo, value, usage),
  // Stacks, and words that the kernel writes to when a thread ends, keep their addresses.
  row(56, "clone", value, value, cloneParentNumber, value, value),
  row(435, "clone3", cloneArguments, value),
  row(218, "set_tid_address", value),
  row(273, "set_robust_list", value, value),
  row(334, "rseq", value, value, value, value),
  row(274, "get_robust_list", value, writes(pointer), writes(long)),
  row(101, "ptrace", value, value, value, opaque),

  row(97, "getrlimit", value, writes(rlimit)),
  row(160, "setrlimit", value, reads(rlimit)),
  row(302, "prlimit64", value, value, reads(rlimit), writes(rlimit)),
  row(98, "getrusage", value, usage),
  row(115, "getgroups", value, writes(groups, returned(int))),
  row(116, "setgroups", value, reads(groups)),
  row(118, "getresuid", writes(int), writes(int), writes(int)),
  row(120, "getresgid", writes(int), writes(int), writes(int)),

  row(142, "sched_setparam", value, reads(sched_param)),
  row(143, "sched_getparam", value, writes(sched_param)),
  row(144, "sched_setscheduler", value, value, reads(sched_param)),
  row(148, "sched_rr_get_interval", value, writes(timespec)),
  row(203, "sched_setaffinity", value, value, reads(uint(1))),
  row(204, "sched_getaffinity", value, value, writes(uint(1), returned())),
  row(
    314,
    "sched_setattr",
    value,
    reads((call, address) => call.u32(address)),
    value,
  ),
  row(315, "sched_getattr", value, writes(uint(2), SCHED_ATTR_SIZE), value, value),
  row(309, "getcpu", writes(int), writes(int), value),

  row(157, "prctl", value, ...[1, 2, 3, 4].map(prctlArgument)),
  row(
    158,
    "arch_prctl",
    value,
    when((call) => ARCH_GETS.includes(call.int(0)), writes(long)),
  ),
];
