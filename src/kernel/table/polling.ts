/** Waiting for descriptors, and for time to pass meanwhile. */

import { readFileSync } from "node:fs";
import { EINVAL } from "../../native/errno.js";
import type { Call } from "../call.js";
import { wordAt } from "../call.js";
import {
  type ArgumentSpec,
  arg,
  read,
  reads,
  returned,
  special,
  value,
  when,
  write,
  writes,
} from "../specs/argument-spec.js";
import { holder } from "../specs/holder.js";
import { row } from "./row.js";
import { STRUCT } from "./structs.js";

const EPOLL_CTL_DEL = 2; // linux/eventpoll.h
const MAX_EVENTS = 0x7fffffff / STRUCT.epoll_event; // EP_MAX_EVENTS

/** struct pollfd: `int fd, short events, short revents`. The last is written, the others are read. */
const REVENTS = 6;

const polled = special(
  (call) => call.uint(1) * STRUCT.pollfd,
  (end, size) => {
    if (!end.lookedAt || end.errno === EINVAL) return [];
    const written = [];
    for (let at = 0; at < size; at += STRUCT.pollfd) written.push(write(at + REVENTS, 2));
    return [read(0, size), ...written];
  },
);

/** A set of descriptors: as many bits as the first argument says, in words of 64. */
const descriptors = special(setSize, (end, size) => {
  if (!end.lookedAt || end.errno === EINVAL) return [];
  return end.succeeded ? [read(0, size), write(0, size)] : [read(0, size)];
});

const events = writes(
  (call) => Math.min(call.uint(2), MAX_EVENTS) * STRUCT.epoll_event,
  returned(STRUCT.epoll_event),
);

const mask = reads(STRUCT.sigset);
const timeout = reads(STRUCT.timespec);

/** `const sigset_t *ss, size_t ss_len`, pselect(2) */
export const maskWithSize = holder({
  ...{ size: 16, pointer: 0, direction: "read" },
  length: (bytes) => wordAt(bytes, 8),
});

export const POLLING = [
  row(7, "poll", polled, value, value),
  row(271, "ppoll", polled, value, timeLeft, mask, value),
  row(23, "select", value, descriptors, descriptors, descriptors, timeLeft),
  row(270, "pselect6", value, descriptors, descriptors, descriptors, timeLeft, maskWithSize),
  row(232, "epoll_wait", value, events, value, value),
  row(281, "epoll_pwait", value, events, value, value, mask, value),
  row(441, "epoll_pwait2", value, events, value, timeout, mask, value),
  row(
    233,
    "epoll_ctl",
    value,
    value,
    value,
    when((call) => call.int(1) !== EPOLL_CTL_DEL, reads(STRUCT.epoll_event)),
  ),
  row(282, "signalfd", value, reads(arg(2)), value),
  row(289, "signalfd4", value, reads(arg(2)), value, value),
];

/** What is left of a timeout is written back, whatever came of the call; not where it was 0. */
function timeLeft(call: Call, address: number, slot: number) {
  const isZero = call.bytes(address, STRUCT.timespec).every((byte) => byte === 0);
  const spec: ArgumentSpec = special(STRUCT.timespec, (end, size) => {
    if (!end.wasReached) return [];
    return isZero || end.errno === EINVAL ? [read(0, size)] : [read(0, size), write(0, size)];
  });
  return spec(call, address, slot);
}

/** The kernel looks at no more descriptors than the process has room for. */
function setSize(call: Call): number {
  const count = Math.max(0, call.int(0));
  const looked = count <= 64 ? count : Math.min(count, descriptorRoom(call));
  return Math.ceil(looked / 64) * 8;
}

function descriptorRoom(call: Call): number {
  const status = readFileSync(`/proc/${call.tid}/status`, "utf8");
  return Number(/^FDSize:\t(\d+)$/m.exec(status)![1]);
}
