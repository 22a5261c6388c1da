/** Clocks, sleeping, timers. */
import {
  type ArgumentSpec,
  reads,
  special,
  updates,
  value,
  when,
  write,
  writes,
} from "../specs/argument-spec.js";
import { row } from "./row.js";
import { STRUCT } from "./structs.js";

const TIMER_ABSTIME = 1; // time.h

const { timespec, timeval, timezone, itimerval, itimerspec, timex, sigevent, int, long, tms } =
  STRUCT;

/** The rest of a sleep that a signal ended. */
const rest: ArgumentSpec = special(timespec, (end, size) =>
  end.interrupted ? [write(0, size)] : [],
);

export const TIME = [
  row(228, "clock_gettime", value, writes(timespec)),
  row(229, "clock_getres", value, writes(timespec)),
  row(227, "clock_settime", value, reads(timespec)),
  row(96, "gettimeofday", writes(timeval), writes(timezone)),
  row(164, "settimeofday", reads(timeval), reads(timezone)),
  row(201, "time", writes(long)),
  row(100, "times", writes(tms)),
  row(35, "nanosleep", reads(timespec), rest),
  row(
    230,
    "clock_nanosleep",
    value,
    value,
    reads(timespec),
    when((call) => !(call.int(1) & TIMER_ABSTIME), rest),
  ),
  row(36, "getitimer", value, writes(itimerval)),
  row(38, "setitimer", value, reads(itimerval), writes(itimerval)),
  row(222, "timer_create", value, reads(sigevent), writes(int)),
  row(223, "timer_settime", value, value, reads(itimerspec), writes(itimerspec)),
  row(224, "timer_gettime", value, writes(itimerspec)),
  row(286, "timerfd_settime", value, value, reads(itimerspec), writes(itimerspec)),
  row(287, "timerfd_gettime", value, writes(itimerspec)),
  row(159, "adjtimex", updates(timex)),
  row(305, "clock_adjtime", value, updates(timex)),
];
