/** The system as a whole, and what it lends to processes: modules, memory policies, rings. */

import type { Call } from "../call.js";
import {
  type ArgumentSpec,
  arg,
  choose,
  opaque,
  reads,
  returned,
  times,
  updates,
  value,
  when,
  writes,
} from "../specs/argument-spec.js";
import { operations } from "../specs/async-io.js";
import { fcntlArgument } from "../specs/fcntl.js";
import { ioctlArgument } from "../specs/ioctl.js";
import { text } from "../specs/strings.js";
import { maskWithSize } from "./polling.js";
import { row } from "./row.js";
import { STRUCT } from "./structs.js";

const MEMFD_NAME = 250; // MFD_NAME_MAX_LEN + 1, mm/memfd.c
const MODULE_NAME = 56; // MODULE_NAME_LEN
const MODULE_ARGUMENTS = 4096;
const REBOOT_TEXT = 256;
const REBOOT_RESTART2 = 0xa1b2c3d4; // LINUX_REBOOT_CMD_RESTART2
const NAME_READS: readonly number[] = [2, 3, 4]; // SYSLOG_ACTION_READ, READ_ALL, READ_CLEAR

const { int, io_event, long, pointer, timespec } = STRUCT;

/** A bit mask of nodes: `maxnode` counts one bit too many. */
const nodes = (index: number) => (call: Call) =>
  Math.ceil(Math.max(0, call.arg(index) - 1) / 64) * long;

const completed = writes(times(io_event, arg(2)), returned(io_event));

export const SYSTEM = [
  row(16, "ioctl", value, value, ioctlArgument),
  row(72, "fcntl", value, value, fcntlArgument),
  row(22, "pipe", writes(2 * int)),
  row(293, "pipe2", writes(2 * int), value),
  row(319, "memfd_create", text(MEMFD_NAME), value),

  row(63, "uname", writes(STRUCT.utsname)),
  row(99, "sysinfo", writes(STRUCT.sysinfo)),
  row(
    103,
    "syslog",
    value,
    when((call) => NAME_READS.includes(call.int(0)), writes(arg(2), returned())),
    value,
  ),
  row(139, "sysfs", value, opaque, opaque),
  row(169, "reboot", value, value, value, restartText()),
  row(170, "sethostname", reads(arg(1)), value),
  row(171, "setdomainname", reads(arg(1)), value),
  row(154, "modify_ldt", value, localDescriptors(), value),
  row(205, "set_thread_area", updates(STRUCT.user_desc)),
  row(211, "get_thread_area", updates(STRUCT.user_desc)),
  row(175, "init_module", reads(arg(1)), value, text(MODULE_ARGUMENTS)),
  row(313, "finit_module", value, text(MODULE_ARGUMENTS), value),
  row(176, "delete_module", text(MODULE_NAME), value),
  row(246, "kexec_load", value, value, opaque, value),
  row(320, "kexec_file_load", value, value, value, reads(arg(2)), value),
  row(321, "bpf", value, opaque, value),
  row(298, "perf_event_open", reads(perfEventSize), value, value, value, value),

  row(237, "mbind", value, value, value, reads(nodes(4)), value, value),
  row(238, "set_mempolicy", value, reads(nodes(2)), value),
  row(239, "get_mempolicy", writes(int), writes(nodes(2)), value, value, value),
  row(256, "migrate_pages", value, value, reads(nodes(1)), reads(nodes(1))),
  row(
    279,
    "move_pages",
    value,
    value,
    reads(times(pointer, arg(1))),
    reads(times(int, arg(1))),
    writes(times(int, arg(1))),
    value,
  ),

  row(206, "io_setup", value, updates(long)),
  row(208, "io_getevents", value, value, value, completed, reads(timespec)),
  row(333, "io_pgetevents", value, value, value, completed, reads(timespec), maskWithSize),
  row(209, "io_submit", value, value, operations(arg(1))),
  row(210, "io_cancel", value, value, writes(io_event)),
  row(425, "io_uring_setup", value, updates(STRUCT.io_uring_params)),
  row(426, "io_uring_enter", value, value, value, value, reads(arg(5)), value),
  row(427, "io_uring_register", value, value, opaque, value),
];

function restartText(): ArgumentSpec {
  return when((call) => call.uint(2) === REBOOT_RESTART2, text(REBOOT_TEXT));
}

/** Functions 0 and 2 read the table, 1 and 17 write to it. */
function localDescriptors(): ArgumentSpec {
  return choose((call) =>
    call.int(0) === 0 || call.int(0) === 2 ? writes(arg(2), returned()) : reads(arg(2)),
  );
}

/** struct perf_event_attr: its second word is its size. */
function perfEventSize(call: Call, address: number): number {
  return call.u32(address + int);
}
