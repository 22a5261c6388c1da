import { readMapsText } from "../../native/memory/maps.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import { type SignalDispositions, signalBit } from "../../native/ptrace/signal-action.js";
import {
  SIGCHLD,
  SIGCONT,
  SIGSTOP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGWINCH,
  type SignalNumber,
} from "../../native/ptrace/signals.js";
import { type CrashScene, crashSite } from "./crash-site.js";
import { type Delivered, delivered, isLostFrame } from "./fault.js";
import type { Death } from "./messages.js";

/** Signals that end nothing where the program has not asked for them (signal(7)). */
const HARMLESS: ReadonlySet<SignalNumber> = new Set([
  ...[SIGCHLD, SIGCONT, SIGURG, SIGWINCH],
  ...[SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU],
]);

/**
 * Remembers the signals that were delivered, so that a death by one of them can say where it came
 * from. A fault is preferred to the signal that a handler raises again (Node's handler for SIGSEGV
 * does that), and to the one that the kernel raises because the handler's frame has no room.
 *
 * What there is to say of a death is taken down before the signal is given: at the exit of its
 * threads the kernel waits for nobody (a second SIGKILL ends an exit stop), and the memory may be gone.
 */
export class CrashWatch {
  readonly #last = new Map<SignalNumber, Delivered>();
  readonly #deaths = new Map<SignalNumber, Death>();

  /** The stopped thread of `scene` is about to be given the signal. */
  delivering(info: SignalInfo, { caught, ignored }: SignalDispositions, scene: CrashScene): void {
    const { signal } = info;
    const before = this.#last.get(signal);
    if (!before?.info.isFault || info.isFault) {
      const now = delivered(scene.tid, info, scene.memory);
      if (!isLostFrame(before, now)) this.#last.set(signal, now);
    }
    if ((caught | ignored) & signalBit(signal) || HARMLESS.has(signal)) return;
    if (this.#deaths.has(signal)) return; // another thread's came first
    const maps = readMapsText(scene.tid) ?? "";
    this.#deaths.set(signal, { site: crashSite(this.#last.get(signal)!, scene, maps), maps });
  }

  /** How the signal that ends the process was raised; null where it has not been seen (SIGKILL). */
  deathBy(signal: SignalNumber): Death | null {
    return this.#deaths.get(signal) ?? null;
  }
}
