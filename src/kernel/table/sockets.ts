/** Sockets: addresses with lengths that are given and returned, messages, options. */
import type { Call } from "../call.js";
import {
  type ArgumentSpec,
  arg,
  choose,
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
import { filterProgram } from "../specs/filter-program.js";
import { messagesToFill, messagesToSend, messageToFill, messageToSend } from "../specs/messages.js";
import { row } from "./row.js";
import { STRUCT } from "./structs.js";

const MSG_ZEROCOPY = 0x4000000; // linux/socket.h

const SOL_SOCKET = 1; // asm-generic/socket.h
const SO_ATTACH_FILTER = 26;
const SO_ATTACH_REUSEPORT_CBPF = 51;

const address = (length: number) => reads((call) => call.int(length));

/** Room for an address, whose size is where argument `length` points. */
const addressRoom = (length: number): ArgumentSpec =>
  special(
    (call) => call.u32(call.arg(length)),
    (end, room, call) => written(end.succeeded ? filled(call, length, end) : 0, room),
  );

/** The size of the room that argument `room` points to; afterwards, of the address. */
const addressLength = (room: number): ArgumentSpec =>
  special(STRUCT.int, (end, size, call) =>
    end.succeeded && call.arg(room) !== 0 ? [read(0, size), write(0, size)] : [],
  );

const option = special(
  (call) => call.u32(call.arg(4)),
  (end, room, call) => written(end.succeeded ? filled(call, 4, end) : 0, room),
);

const payload: ArgumentSpec = choose((call) =>
  call.uint(3) & MSG_ZEROCOPY
    ? pages(arg(2), (end) => written(end.result, call.arg(2), read))
    : reads(arg(2), returned()),
);

const optionToSet = choose((call) => {
  const isFilter = call.int(2) === SO_ATTACH_FILTER || call.int(2) === SO_ATTACH_REUSEPORT_CBPF;
  return isFilter && call.int(1) === SOL_SOCKET ? filterProgram : reads((c) => c.int(4));
});

export const SOCKETS = [
  row(42, "connect", value, address(2), value),
  row(49, "bind", value, address(2), value),
  row(43, "accept", value, addressRoom(2), addressLength(1)),
  row(288, "accept4", value, addressRoom(2), addressLength(1), value),
  row(51, "getsockname", value, addressRoom(2), addressLength(1)),
  row(52, "getpeername", value, addressRoom(2), addressLength(1)),
  row(44, "sendto", value, payload, value, value, address(5), value),
  row(
    45,
    "recvfrom",
    value,
    writes(arg(2), returned()),
    value,
    value,
    addressRoom(5),
    addressLength(4),
  ),
  row(46, "sendmsg", value, messageToSend(2), value),
  row(47, "recvmsg", value, messageToFill, value),
  row(307, "sendmmsg", value, messagesToSend(uint(2), 3), value, value),
  row(299, "recvmmsg", value, messagesToFill(uint(2), 4), value, value, timeLeft()),
  row(53, "socketpair", value, value, value, writes(2 * STRUCT.int)),
  row(54, "setsockopt", value, value, value, optionToSet, value),
  row(55, "getsockopt", value, value, value, option, updates(STRUCT.int)),
];

/** Written back once a message has come. */
function timeLeft(): ArgumentSpec {
  return special(STRUCT.timespec, (end, size) => [
    ...(end.lookedAt ? [read(0, size)] : []),
    ...(end.result > 0 ? [write(0, size)] : []),
  ]);
}

function filled(call: Call, length: number, end: { bytes(address: number, size: number): Buffer }) {
  return end.bytes(call.arg(length), STRUCT.int).readUInt32LE();
}

function written(size: number, room: number, one = write) {
  return size > 0 && room > 0 ? [one(0, Math.min(size, room))] : [];
}
