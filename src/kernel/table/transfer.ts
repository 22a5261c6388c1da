/** Bytes between memory and files, pipes and other processes. */
import type { Call } from "../call.js";
import {
  arg,
  pages,
  read,
  reads,
  returned,
  special,
  uint,
  updates,
  value,
  write,
  writes,
} from "../specs/argument-spec.js";
import { remoteVectors } from "../specs/remote-vectors.js";
import { ranges, vectors } from "../specs/vectors.js";
import { row } from "./row.js";
import { STRUCT } from "./structs.js";

/** No call moves more at a time: MAX_RW_COUNT, linux/fs.h */
const MAX_TRANSFER = 0x7ffff000;

const length = (index: number) => (call: Call) => Math.min(call.arg(index), MAX_TRANSFER);

const fill = (index: number) => writes(length(index), returned());
const take = (index: number) => reads(length(index), returned());

/** Read, and written where the call succeeds. */
const position = updates(STRUCT.loff_t);
/** Written where something was copied. */
const copyPosition = special(STRUCT.loff_t, (end, size) => [
  ...(end.lookedAt ? [read(0, size)] : []),
  ...(end.result > 0 ? [write(0, size)] : []),
]);
/** Written whatever came of the call. */
const sendPosition = special(STRUCT.loff_t, (end, size) =>
  end.wasReached ? [read(0, size), write(0, size)] : [],
);

export const TRANSFER = [
  row(0, "read", value, fill(2), value),
  row(1, "write", value, take(2), value),
  row(17, "pread64", value, fill(2), value, value),
  row(18, "pwrite64", value, take(2), value, value),
  row(19, "readv", value, vectors(arg(2), "write"), value),
  row(20, "writev", value, vectors(arg(2), "read"), value),
  row(295, "preadv", value, vectors(arg(2), "write"), value, value, value),
  row(296, "pwritev", value, vectors(arg(2), "read"), value, value, value),
  row(327, "preadv2", value, vectors(arg(2), "write"), value, value, value, value),
  row(328, "pwritev2", value, vectors(arg(2), "read"), value, value, value, value),
  row(278, "vmsplice", value, vectors(arg(2), "lend"), value, value),
  row(
    310,
    "process_vm_readv",
    value,
    vectors(arg(2), "write"),
    value,
    remoteVectors(arg(4), "read"),
    value,
    value,
  ),
  row(
    311,
    "process_vm_writev",
    value,
    vectors(arg(2), "read"),
    value,
    remoteVectors(arg(4), "write"),
    value,
    value,
  ),
  row(440, "process_madvise", value, ranges(arg(2)), value, value, value),

  row(40, "sendfile", value, value, sendPosition, value),
  row(275, "splice", value, position, value, position, value, value),
  row(326, "copy_file_range", value, copyPosition, value, copyPosition, value, value),

  row(78, "getdents", value, writes(uint(2), returned()), value),
  row(217, "getdents64", value, writes(uint(2), returned()), value),
  row(318, "getrandom", writes(arg(1), returned()), value, value),
  row(212, "lookup_dcookie", value, writes(arg(2), returned()), value),

  row(
    27,
    "mincore",
    value,
    value,
    writes((call) => Math.ceil(call.arg(1) / 4096)),
  ),
  row(149, "mlock", pages(arg(1)), value),
  row(150, "munlock", pages(arg(1)), value),
  row(325, "mlock2", pages(arg(1)), value, value),
];
