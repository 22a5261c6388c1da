/** Signals. Handlers and stacks that are set keep their addresses. */
import { arg, reads, special, value, write, writes } from "../specs/argument-spec.js";
import { row } from "./row.js";
import { STRUCT } from "./structs.js";

const { sigaction, siginfo, sigset, stack_t, timespec } = STRUCT;

const mask = reads(sigset);
const info = reads(siginfo);

export const SIGNALS = [
  row(13, "rt_sigaction", value, reads(sigaction), writes(sigaction), value),
  row(14, "rt_sigprocmask", value, mask, writes(sigset), value),
  row(127, "rt_sigpending", writes(arg(1)), value),
  row(128, "rt_sigtimedwait", mask, received(), reads(timespec), value),
  row(129, "rt_sigqueueinfo", value, value, info),
  row(297, "rt_tgsigqueueinfo", value, value, value, info),
  row(424, "pidfd_send_signal", value, value, info, value),
  row(130, "rt_sigsuspend", mask, value),
  row(131, "sigaltstack", reads(stack_t), writes(stack_t)),
];

function received() {
  return special(siginfo, (end, size) => (end.result > 0 ? [write(0, size)] : []));
}
