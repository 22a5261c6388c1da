import type { Tid } from "../../model/index.js";
import { yieldCpu } from "../../native/affinity.js";
import type { StopReason } from "../../native/ptrace/stop.js";
import type { StopQueue } from "../../native/ptrace/stops.js";
import type { SharedCpu } from "./shared-cpu.js";

/** A stop that comes so soon after the one before is of a thread that takes turns with us, in ms. */
const SOON_MS = 0.1;

/** So many of them, and we share a processor. */
const ENOUGH = 8;

/** When none has come for so long, the turns are over, in ms. */
const PATIENCE_MS = 0.25;

/** As that, until the next call of a host that makes one after the other: its supervisor has its turn, too. */
const NEXT_CALL_MS = 1;

/** Waits for stops, and shares the processor with a thread that stops again and again. */
export class StopSpinner {
  #soon = 0;
  #last = 0 as Tid;
  #patience = PATIENCE_MS;

  /** `mayShare`: what the thread is told of where it may run is ours to correct. */
  constructor(
    readonly stops: StopQueue,
    readonly cpu: SharedCpu,
    readonly mayShare: (tid: Tid) => boolean,
  ) {}

  /** The next stop; null when no tracee is left. */
  next(): StopReason | null {
    const from = performance.now();
    if (this.cpu.isShared) return this.#nextOfTurns(from);
    this.#patience = PATIENCE_MS;
    this.cpu.leave();
    const stop = this.stops.next();
    if (stop === null) return null;
    const isSoon = stop.tid === this.#last && performance.now() - from < SOON_MS;
    this.#soon = isSoon ? this.#soon + 1 : 0;
    this.#last = stop.tid;
    if (this.#soon >= ENOUGH && this.mayShare(stop.tid)) this.cpu.share(stop.tid);
    return stop;
  }

  /** A call of `tid` is over, and the next will begin soon. */
  expectCall(tid: Tid): void {
    this.cpu.share(tid);
    this.#patience = NEXT_CALL_MS;
  }

  #nextOfTurns(from: number): StopReason | null {
    const patience = this.#patience;
    this.#patience = PATIENCE_MS;
    do {
      const stop = this.stops.poll();
      if (stop !== null) return stop;
      yieldCpu();
    } while (performance.now() - from < patience);
    this.cpu.leave();
    this.#soon = 0;
    return this.stops.next();
  }
}
