/** Who may do what: capabilities, filters, keys, security modules. */
import { EINVAL } from "../../native/errno.js";
import type { Call } from "../call.js";
import type { Outcome } from "../outcome.js";
import {
  arg,
  choose,
  opaque,
  read,
  reads,
  special,
  uint,
  updates,
  value,
  write,
  writes,
} from "../specs/argument-spec.js";
import { filterProgram } from "../specs/filter-program.js";
import { text } from "../specs/strings.js";
import { row } from "./row.js";
import { STRUCT } from "./structs.js";

// linux/seccomp.h
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_GET_ACTION_AVAIL = 2;
const SECCOMP_GET_NOTIF_SIZES = 3;
const NOTIF_SIZES = 6;

const CAPABILITY_VERSION_1 = 0x19980330; // linux/capability.h

/** struct landlock_path_beneath_attr, which is packed, and landlock_net_port_attr: linux/landlock.h */
const LANDLOCK_RULE_PATH_BENEATH = 1;
const PATH_BENEATH = 12;
const NET_PORT = 16;

const KEY_TYPE_MAX = 32; // security/keys/keyctl.c
const KEY_TEXT_MAX = 4096;

const { int } = STRUCT;

const capabilities = (call: Call) =>
  (call.u32(call.arg(0)) === CAPABILITY_VERSION_1 ? 1 : 2) * STRUCT.cap_data;

/** Of a version that it does not know, the kernel says the one that it does. */
const capabilityHeader = special(STRUCT.cap_header, (end, size) => {
  if (end.errno === EINVAL) return [read(0, int), write(0, int)];
  return end.lookedAt ? [read(0, size)] : [];
});

const seccompArgument = choose((call) => {
  switch (call.uint(0)) {
    case SECCOMP_SET_MODE_FILTER:
      return filterProgram;
    case SECCOMP_GET_ACTION_AVAIL:
      return reads(int);
    case SECCOMP_GET_NOTIF_SIZES:
      return writes(NOTIF_SIZES);
    default:
      return null;
  }
});

const landlockRule = reads((call) =>
  call.int(1) === LANDLOCK_RULE_PATH_BENEATH ? PATH_BENEATH : NET_PORT,
);

/** As many bytes as the word says that argument `index` points to; afterwards, as were written. */
const asTold = (index: number) =>
  writes(
    (call) => call.u32(call.arg(index)),
    (call: Call, end: Outcome) => end.bytes(call.arg(index), int).readUInt32LE(),
  );

export const SECURITY = [
  row(125, "capget", capabilityHeader, writes(capabilities)),
  row(126, "capset", reads(STRUCT.cap_header), reads(capabilities)),
  row(317, "seccomp", value, value, seccompArgument),
  row(444, "landlock_create_ruleset", reads(arg(1)), value, value),
  row(445, "landlock_add_rule", value, value, landlockRule, value),
  row(459, "lsm_get_self_attr", value, asTold(2), updates(int), value),
  row(460, "lsm_set_self_attr", value, reads(uint(2)), value, value),
  row(461, "lsm_list_modules", asTold(1), updates(int), value),
  row(248, "add_key", text(KEY_TYPE_MAX), text(KEY_TEXT_MAX), reads(arg(3)), value, value),
  row(249, "request_key", text(KEY_TYPE_MAX), text(KEY_TEXT_MAX), text(KEY_TEXT_MAX), value),
  row(250, "keyctl", value, opaque, opaque, opaque, opaque),
];
