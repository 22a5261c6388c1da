import type { Pid, Tid } from "../../model/index.js";
import { closeFile, readFromStart } from "../files.js";
import { openProcFile, readProcFile } from "../proc-file.js";
import type { SignalNumber } from "./signals.js";
import { ThreadGone } from "./thread-gone.js";

/** sizeof(struct sigaction) of rt_sigaction(2): handler, flags, restorer, mask. */
export const SIGACTION_SIZE = 32;

/** What a process does with signals, as /proc/TID/status has it: bit n-1 for signal n. */
export interface SignalDispositions {
  readonly ignored: bigint;
  readonly caught: bigint;
}

export function signalDispositions(tid: Tid): SignalDispositions {
  const status = readProcFile(tid, "status");
  if (status === null) throw new ThreadGone(tid);
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
  /** Opened when it is first asked. */
  #fd: number | null = null;
  readonly #status = Buffer.allocUnsafeSlow(STATUS_SIZE);
  /** What was read last: mostly it is the same again. */
  #digits = "";
  #ignored = 0n;

  constructor(readonly pid: Pid) {}

  /** Bit n-1 for signal n. Throws SystemError where the process is gone. */
  read(): bigint {
    this.#fd ??= openProcFile(this.pid, "status", "r");
    if (this.#fd === null) throw new ThreadGone(this.pid as number as Tid);
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
    if (this.#fd !== null) closeFile(this.#fd);
    this.#fd = null;
  }
}

/** The bit of a signal in a mask. */
export function signalBit(signal: SignalNumber): bigint {
  return 1n << BigInt(signal - 1);
}
