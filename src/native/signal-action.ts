import { readFileSync } from "node:fs";
import type { Tid } from "../model/index.js";
import type { SignalNumber } from "./signals.js";

/** sizeof(struct sigaction) of rt_sigaction(2): handler, flags, restorer, mask. */
export const SIGACTION_SIZE = 32;

/** What a process does with signals, as /proc/TID/status has it: bit n-1 for signal n. */
export interface SignalDispositions {
  readonly ignored: bigint;
  readonly caught: bigint;
}

export function signalDispositions(tid: Tid): SignalDispositions {
  const status = readFileSync(`/proc/${tid}/status`, "utf8");
  const mask = (name: string) =>
    BigInt(`0x${new RegExp(`^${name}:\\t([0-9a-f]+)$`, "m").exec(status)?.[1] ?? "0"}`);
  return { ignored: mask("SigIgn"), caught: mask("SigCgt") };
}

/** The bit of a signal in a mask. */
export function signalBit(signal: SignalNumber): bigint {
  return 1n << BigInt(signal - 1);
}
