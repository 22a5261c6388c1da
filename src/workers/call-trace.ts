import type { Thread } from "../engine/threads.js";
import type { TraceeAddress } from "../model/index.js";
import type { EngineStats, TracerCommand } from "./messages.js";
import type { TraceeEngine } from "./tracee-engine.js";

/** One traced call, from its SIGSTOP to its SIGUSR1. */
export class CallTrace {
  readonly call: number;
  readonly #startedAt: number;
  readonly #stopsBefore: number;
  readonly #instructionsBefore: number;
  readonly #unknownBefore: number;

  /** `thread`: the one that raised SIGSTOP, still stopped. */
  constructor(
    arm: Extract<TracerCommand, { type: "arm" }>,
    readonly thread: Thread,
    readonly engine: TraceeEngine,
  ) {
    this.call = arm.call;
    const ranges = arm.ranges.map(({ start, end, protection }) => ({
      start: start as TraceeAddress,
      end: end as TraceeAddress,
      protection,
    }));
    engine.guardCall(thread, ranges);
    this.#stopsBefore = engine.stops.count;
    this.#instructionsBefore = engine.reference.stats.instructions;
    this.#unknownBefore = engine.reference.stats.unknown;
    this.#startedAt = performance.now();
  }

  get durationMs(): number {
    return performance.now() - this.#startedAt;
  }

  stats(): EngineStats {
    const { instructions, unknown } = this.engine.reference.stats;
    return {
      engine: "reference",
      stops: this.engine.stops.count - this.#stopsBefore,
      instructions: instructions - this.#instructionsBefore,
      unknown: unknown - this.#unknownBefore,
    };
  }
}
