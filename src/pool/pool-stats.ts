import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { CallError } from "../scope/index.js";

/** Of what was measured so far, in ms. All 0 where nothing was. */
export interface Distribution {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly stddev: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p99: number;
}

/** What a pool has done, and is doing. */
export interface PoolStats {
  readonly hosts: number;
  /** Hosts that wait for a task. */
  readonly idle: number;
  /** Hosts that run one. */
  readonly busy: number;
  /** Tasks that wait for a host. */
  readonly queued: number;
  /** Tasks that resolved. */
  readonly completed: number;
  /** Tasks that rejected, whatever with. Of them: */
  readonly failed: number;
  readonly crashed: number;
  readonly exited: number;
  readonly timedOut: number;
  readonly cancelled: number;
  /** Hosts that were started after the first ones. */
  readonly restarts: number;
  /** From being asked for to the start of a task. */
  readonly waitTime: Distribution;
  /** From the start of a task to its end. */
  readonly runTime: Distribution;
}

const MICROSECONDS = 1000;

/** How long things took. Recorded in whole microseconds, the histogram's least. */
export class Durations {
  readonly #histogram: RecordableHistogram = createHistogram();

  record(ms: number): void {
    this.#histogram.record(Math.max(1, Math.round(ms * MICROSECONDS)));
  }

  distribution(): Distribution {
    const { count, min, max, mean, stddev } = this.#histogram;
    if (count === 0) return EMPTY;
    const percentile = (at: number) => this.#histogram.percentile(at) / MICROSECONDS;
    return {
      count,
      min: min / MICROSECONDS,
      max: max / MICROSECONDS,
      mean: mean / MICROSECONDS,
      stddev: stddev / MICROSECONDS,
      p50: percentile(50),
      p75: percentile(75),
      p90: percentile(90),
      p99: percentile(99),
    };
  }
}

const EMPTY: Distribution = {
  ...{ count: 0, min: 0, max: 0, mean: 0, stddev: 0 },
  ...{ p50: 0, p75: 0, p90: 0, p99: 0 },
};

/** How tasks ended. */
export class Tally {
  completed = 0;
  failed = 0;
  crashed = 0;
  exited = 0;
  timedOut = 0;
  cancelled = 0;

  fail(error: unknown): void {
    this.failed++;
    if (!(error instanceof CallError)) return;
    if (error.isCanceled) this.cancelled++;
    else if (error.timedOut) this.timedOut++;
    else if (error.code === "CALL_EXITED") this.exited++;
    else if (error.code === "CALL_CRASHED") this.crashed++;
  }
}
