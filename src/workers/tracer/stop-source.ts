import type { StopReason } from "../../native/ptrace/stop.js";
import type { StopQueue } from "../../native/ptrace/stops.js";
import { tracesAny } from "../../native/ptrace/tracees.js";
import type { ThreadTable } from "../../threads/thread-table.js";
import type { PendingCallbacks } from "./callbacks.js";
import type { Descendants } from "./descendants.js";
import type { LeaseHolder } from "./lease-holder.js";
import type { StopSpinner } from "./stop-spinner.js";

/** A parent's report of a new task follows that one's first stop at once. In ms. */
const REPORT_WITHIN_MS = 100;

/** Where the tracer's loop has its stops from. */
export class StopSource {
  callbacks: PendingCallbacks | null = null;

  constructor(
    readonly stops: StopQueue,
    readonly threads: ThreadTable,
    readonly descendants: Descendants,
    readonly line: LeaseHolder,
    readonly turns: StopSpinner,
  ) {}

  /** The next stop; null when no tracee is left. */
  next(): StopReason | null {
    if (this.descendants.areEarly) {
      const stop = this.stops.nextWithin(REPORT_WITHIN_MS);
      if (stop !== null) return stop;
      this.descendants.settle();
    }
    if (this.callbacks?.areThere) {
      const stop = this.callbacks.next();
      if (stop !== null) return stop;
    }
    return this.line.next() ?? this.turns.next();
  }

  /**
   * The process has ended: true where no tracee is left. There may be something to wait for all the
   * same: a child of ours that nobody traces.
   */
  isAtEnd(): boolean {
    if (!this.threads.isEmpty || this.descendants.areEarly) return false;
    return !this.stops.isKeeping && !tracesAny();
  }
}
