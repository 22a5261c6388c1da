/** Files by their names, and what is told of them. */
import { EOVERFLOW } from "../../native/errno.js";
import type { Call } from "../call.js";
import {
  type ArgumentSpec,
  arg,
  opaque,
  read,
  reads,
  returned,
  special,
  times,
  value,
  write,
  writes,
} from "../specs/argument-spec.js";
import { holder } from "../specs/holder.js";
import { path, text } from "../specs/strings.js";
import { row } from "./row.js";
import { STRUCT } from "./structs.js";

const XATTR_NAME_MAX = 256; // XATTR_NAME_MAX + 1, linux/limits.h
const MAX_NAME = 256; // fsopen(2), fsconfig(2): strndup_user's limit
const MAX_MOUNT_TEXT = 4096; // copy_mount_string

const AT_HANDLE_MNT_ID_UNIQUE = 1; // linux/fcntl.h

const stat = writes(STRUCT.stat);
const statfs = writes(STRUCT.statfs);
const twoTimes = reads(2 * STRUCT.timespec);
const link = (index: number) => writes((call) => call.int(index), returned());
const name = text(XATTR_NAME_MAX);
const content = (index: number) => reads(arg(index));
const attribute = (index: number) => writes(arg(index), returned());

/** struct xattr_args: `u64 value, u32 size, u32 flags`. */
const attributeArgs = (direction: "read" | "write") =>
  holder({
    ...{ size: 16, pointer: 0, direction },
    length: (bytes) => bytes.readUInt32LE(8),
    ...(direction === "write" && { done: (_call, end) => end.result }),
  });

/** A structure that begins with its own size. */
const sized = (call: Call, address: number) => call.u32(address);

export const PATHS = [
  row(2, "open", path, value, value),
  row(85, "creat", path, value),
  row(257, "openat", value, path, value, value),
  row(437, "openat2", value, path, reads(arg(3)), value),
  row(4, "stat", path, stat),
  row(5, "fstat", value, stat),
  row(6, "lstat", path, stat),
  row(262, "newfstatat", value, path, stat, value),
  row(332, "statx", value, path, value, value, writes(STRUCT.statx)),
  row(137, "statfs", path, statfs),
  row(138, "fstatfs", value, statfs),
  row(136, "ustat", value, writes(STRUCT.ustat)),
  row(451, "cachestat", value, reads(STRUCT.cachestat_range), writes(STRUCT.cachestat), value),

  row(21, "access", path, value),
  row(269, "faccessat", value, path, value),
  row(439, "faccessat2", value, path, value, value),
  row(76, "truncate", path, value),
  row(80, "chdir", path),
  row(79, "getcwd", writes(arg(1), returned()), value),
  row(82, "rename", path, path),
  row(264, "renameat", value, path, value, path),
  row(316, "renameat2", value, path, value, path, value),
  row(83, "mkdir", path, value),
  row(258, "mkdirat", value, path, value),
  row(84, "rmdir", path),
  row(86, "link", path, path),
  row(265, "linkat", value, path, value, path, value),
  row(87, "unlink", path),
  row(263, "unlinkat", value, path, value),
  row(88, "symlink", path, path),
  row(266, "symlinkat", path, value, path),
  row(89, "readlink", path, link(2), value),
  row(267, "readlinkat", value, path, link(3), value),
  row(90, "chmod", path, value),
  row(268, "fchmodat", value, path, value),
  row(452, "fchmodat2", value, path, value, value),
  row(92, "chown", path, value, value),
  row(94, "lchown", path, value, value),
  row(260, "fchownat", value, path, value, value, value),
  row(132, "utime", path, reads(STRUCT.utimbuf)),
  row(235, "utimes", path, twoTimes),
  row(261, "futimesat", value, path, twoTimes),
  row(280, "utimensat", value, path, twoTimes, value),
  row(133, "mknod", path, value, value),
  row(259, "mknodat", value, path, value, value),
  row(134, "uselib", path),
  row(254, "inotify_add_watch", value, path, value),
  row(301, "fanotify_mark", value, value, value, value, path),
  row(303, "name_to_handle_at", value, path, fileHandle(), mountId(), value),
  row(304, "open_by_handle_at", value, reads(handleSize), value),
  row(468, "file_getattr", value, path, writes(arg(3)), value, value),
  row(469, "file_setattr", value, path, reads(arg(3)), value, value),

  row(188, "setxattr", path, name, content(3), value, value),
  row(189, "lsetxattr", path, name, content(3), value, value),
  row(190, "fsetxattr", value, name, content(3), value, value),
  row(191, "getxattr", path, name, attribute(3), value),
  row(192, "lgetxattr", path, name, attribute(3), value),
  row(193, "fgetxattr", value, name, attribute(3), value),
  row(194, "listxattr", path, attribute(2), value),
  row(195, "llistxattr", path, attribute(2), value),
  row(196, "flistxattr", value, attribute(2), value),
  row(197, "removexattr", path, name),
  row(198, "lremovexattr", path, name),
  row(199, "fremovexattr", value, name),
  row(463, "setxattrat", value, path, value, name, attributeArgs("read"), value),
  row(464, "getxattrat", value, path, value, name, attributeArgs("write"), value),
  row(465, "listxattrat", value, path, value, attribute(4), value),
  row(466, "removexattrat", value, path, value, name),

  row(155, "pivot_root", path, path),
  row(161, "chroot", path),
  row(163, "acct", path),
  row(165, "mount", text(MAX_MOUNT_TEXT), path, text(MAX_MOUNT_TEXT), value, opaque),
  row(166, "umount2", path, value),
  row(167, "swapon", path, value),
  row(168, "swapoff", path),
  row(179, "quotactl", value, path, value, opaque),
  row(443, "quotactl_fd", value, value, value, opaque),
  row(428, "open_tree", value, path, value),
  row(429, "move_mount", value, path, value, path, value),
  row(430, "fsopen", text(MAX_NAME), value),
  row(431, "fsconfig", value, value, text(MAX_NAME), opaque, value),
  row(433, "fspick", value, path, value),
  row(442, "mount_setattr", value, path, value, reads(arg(4)), value),
  row(467, "open_tree_attr", value, path, value, reads(arg(4)), value),
  row(
    457,
    "statmount",
    reads(sized),
    writes(arg(2), (call, end) => end.bytes(call.arg(1), 4).readUInt32LE()),
    value,
    value,
  ),
  row(458, "listmount", reads(sized), writes(times(8, arg(2)), returned(8)), value, value),
];

/** A call that finds it too small says what it takes. */
function fileHandle(): ArgumentSpec {
  return special(handleSize, (end, size) => {
    const header = end.lookedAt ? [read(0, STRUCT.file_handle)] : [];
    if (end.errno === EOVERFLOW) return [...header, write(0, STRUCT.file_handle)];
    return end.succeeded ? [...header, write(0, size)] : header;
  });
}

/** struct file_handle begins with the length of what follows it. */
function handleSize(call: Call, address: number): number {
  return STRUCT.file_handle + call.u32(address);
}

/** An `int`, or a 64-bit number with AT_HANDLE_MNT_ID_UNIQUE. */
function mountId(): ArgumentSpec {
  return special(
    (call) => (call.uint(4) & AT_HANDLE_MNT_ID_UNIQUE ? 8 : STRUCT.int),
    (end, size) => (end.succeeded || end.errno === EOVERFLOW ? [write(0, size)] : []),
  );
}
