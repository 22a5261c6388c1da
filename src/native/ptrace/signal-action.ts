import { closeSync, openSync, readFileSync } from "node:fs";
import type { Pid, Tid } from "../../model/index.js";
import { readFromStart } from "../files.js";
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
  /** What was read last: mostly it is the same again. */
  #digits = "";
  #ignored = 0n;

  constructor(pid: Pid) {
    this.#fd = openSync(`/proc/${pid}/status`, "r");
  }

  /** Bit n-1 for signal n. Throws SystemError where the process is gone. */
  read(): bigint {
    const status = this.#status.subarray(0, readFromStart(this.#fd, this.#status));
    const at = status.indexOf(IGNORED, 0, "latin1") + IGNORED.length;
    const digits = status.toString("latin1", at, at + MASK_DIGITS);
    if (digits !== this.#digits) {
      this.#digits = digits;
      this.#ignored = BigInt(`0x${digits}`);
    }
    return this.#ignored;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** The bit of a signal in a mask. */
export function signalBit(signal: SignalNumber): bigint {
  return 1n << BigInt(signal - 1);
}
