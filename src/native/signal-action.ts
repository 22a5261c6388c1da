import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { Pid, Tid } from "../model/index.js";
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

/** Of /proc/PID/status up to the signals' lines and some behind, in bytes. */
const STATUS_SIZE = 4096;
const IGNORED = "SigIgn:\t";
const MASK_DIGITS = 16;

/** As {@link signalDispositions}, of one process that is asked again and again. */
export class IgnoredSignals {
  readonly #fd: number;
  readonly #status = Buffer.allocUnsafeSlow(STATUS_SIZE);

  constructor(pid: Pid) {
    this.#fd = openSync(`/proc/${pid}/status`, "r");
  }

  /** Bit n-1 for signal n. Throws where the process is gone. */
  read(): bigint {
    const length = readSync(this.#fd, this.#status, 0, STATUS_SIZE, 0);
    const at = this.#status.subarray(0, length).indexOf(IGNORED, 0, "latin1") + IGNORED.length;
    return BigInt(`0x${this.#status.toString("latin1", at, at + MASK_DIGITS)}`);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** The bit of a signal in a mask. */
export function signalBit(signal: SignalNumber): bigint {
  return 1n << BigInt(signal - 1);
}
