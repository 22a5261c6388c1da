/** Between processes and threads: System V objects, message queues, futexes. */

import { arg, reads, special, times, uint, value, write, writes } from "../specs/argument-spec.js";
import { futexTimeout, futexWord, waiters, word } from "../specs/futex.js";
import { text } from "../specs/strings.js";
import { queueControl, semaphoreControl, sharedMemoryControl } from "../specs/sysv.js";
import { row } from "./row.js";
import { STRUCT } from "./structs.js";

const { int, long, mq_attr, sembuf, sigevent, timespec } = STRUCT;

const NAME_MAX = 256; // of a queue, with its NUL

const operations = reads(times(sembuf, uint(2)));

/** struct msgbuf: `long mtype`, then the text. */
const message = reads((call) => long + call.arg(2));
const room = special(
  (call) => long + call.arg(2),
  (end) => (end.succeeded ? [write(0, long + end.result)] : []),
);

export const EXCHANGE = [
  row(31, "shmctl", value, value, sharedMemoryControl),
  row(65, "semop", value, operations, value),
  row(220, "semtimedop", value, operations, value, reads(timespec)),
  row(66, "semctl", value, value, value, semaphoreControl),
  row(69, "msgsnd", value, message, value, value),
  row(70, "msgrcv", value, room, value, value, value),
  row(71, "msgctl", value, value, queueControl),

  row(240, "mq_open", text(NAME_MAX), value, value, reads(mq_attr)),
  row(241, "mq_unlink", text(NAME_MAX)),
  row(242, "mq_timedsend", value, reads(arg(2)), value, value, reads(timespec)),
  row(
    243,
    "mq_timedreceive",
    value,
    writes(arg(2), (_call, end) => end.result),
    value,
    writes(int),
    reads(timespec),
  ),
  row(244, "mq_notify", value, reads(sigevent)),
  row(245, "mq_getsetattr", value, reads(mq_attr), writes(mq_attr)),

  row(202, "futex", futexWord(0), value, value, futexTimeout, futexWord(1), value),
  row(
    449,
    "futex_waitv",
    waiters(uint(1), () => "read"),
    value,
    value,
    reads(timespec),
    value,
  ),
  row(454, "futex_wake", word("name", { register: 3 }), value, value, value),
  row(
    455,
    "futex_wait",
    word("read", { register: 3 }),
    value,
    value,
    value,
    reads(timespec),
    value,
  ),
  row(
    456,
    "futex_requeue",
    waiters(
      () => 2,
      (index) => (index === 0 ? "read" : "name"),
    ),
    value,
    value,
    value,
  ),
];
