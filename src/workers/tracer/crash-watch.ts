import type { Tid } from "../../model/index.js";
import { RegisterFile } from "../../native/ptrace/registers.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import { type SignalNumber, signalName } from "../../native/ptrace/signals.js";
import type { CrashSite } from "./messages.js";

interface Delivered {
  readonly info: SignalInfo;
  readonly ip: number;
}

/**
 * Remembers the signals that were delivered, so that a death by one of them can say where it came
 * from. A fault is preferred to the signal that a handler raises again: Node's handler for SIGSEGV
 * does that.
 */
export class CrashWatch {
  readonly #last = new Map<SignalNumber, Delivered>();

  delivering(tid: Tid, info: SignalInfo): void {
    const before = this.#last.get(info.signal);
    if (before?.info.isFault && !info.isFault) return;
    this.#last.set(info.signal, { info, ip: RegisterFile.of(tid).ip });
  }

  /** Where the signal that ends the process was raised; null where it has not been seen (SIGKILL). */
  siteOf(signal: SignalNumber): CrashSite | null {
    const delivered = this.#last.get(signal);
    if (!delivered) return null;
    const { info, ip } = delivered;
    return { signal: signalName(signal), address: info.isFault ? info.faultAddress : null, ip };
  }
}
