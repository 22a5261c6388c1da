import { constants } from "node:os";

/** A signal's number on Linux x86-64 (signal(7)). */
export type SignalNumber = number;

export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGUSR1 = 10;
export const SIGSEGV = 11;
export const SIGILL = 4;
export const SIGPIPE = 13;
export const SIGTERM = 15;
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGSTOP = 19;
export const SIGTSTP = 20;
export const SIGTTIN = 21;
export const SIGTTOU = 22;
export const SIGURG = 23;
export const SIGXFSZ = 25;
export const SIGWINCH = 28;

/** The first real-time signal: from here on each one sent is queued (asm/signal.h). */
export const SIGRTMIN = 32;

/** Where a signal came from: `si_code` of sigaction(2). */
export const SI_USER = 0;
export const SI_QUEUE = -1;
export const SI_TKILL = -6;
export const SI_KERNEL = 0x80;

/** Signals that an instruction raises by itself: never blocked while we step one. */
export const SYNCHRONOUS_SIGNALS = [SIGSEGV, SIGTRAP, SIGBUS, SIGFPE, SIGILL] as const;

const names = new Map<SignalNumber, string>(
  Object.entries(constants.signals)
    .filter(([name]) => !["SIGIOT", "SIGPOLL", "SIGUNUSED", "SIGCLD"].includes(name))
    .map(([name, number]) => [number, name]),
);

/** `SIGSEGV` for 11, `SIGRT40` for a real-time signal. */
export function signalName(signal: SignalNumber): string {
  return names.get(signal) ?? `SIGRT${signal}`;
}
