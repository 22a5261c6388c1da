import type { SignalInfo } from "./ptrace/siginfo.js";
import { SI_QUEUE, SI_TKILL, SI_USER } from "./ptrace/signals.js";

/**
 * What our own clients send with the protocol's signals (rt_tgsigqueueinfo(2), `si_value`), so that
 * they are told from the same signals raised by native code: "ffiscope" in ASCII.
 */
export const SIGNAL_MARK = 0x6570_6f63_7369_6666n;

/** The process sent this signal to itself, marked as ffiscope's. */
export function isMarked(info: SignalInfo, pid: number): boolean {
  return info.code === SI_QUEUE && info.sender === pid && info.value === SIGNAL_MARK;
}

/** The process sent this signal to one of its threads: raise(3), tgkill(2). */
export function isRaised(info: SignalInfo, pid: number): boolean {
  return info.code === SI_TKILL && info.sender === pid;
}

/** As {@link isRaised}, or by kill(2): SIGSTOP stops the whole process whoever sends it. */
export function isFromSelf(info: SignalInfo, pid: number): boolean {
  return (info.code === SI_TKILL || info.code === SI_USER) && info.sender === pid;
}
