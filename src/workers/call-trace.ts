import type { Thread } from "../engine/threads.js";
import type { TraceeAddress } from "../model/index.js";
import type { EngineStats, TracerCommand } from "./messages.js";
import type { TraceeEngine } from "./tracee-engine.js";

/** One traced call, from its SIGSTOP to its SIGUSR1. */
export class CallTrace {
  readonly call: number;
  /** Its end brings a lease of the line. */
  readonly thenLease: boolean;
  readonly #startedAt: number;
  readonly #stopsBefore: number;
  readonly #instructionsBefore: number;
  readonly #unknownBefore: number;
  readonly #before: FragmentCounts;

  /** `thread`: the one that raised SIGSTOP, still stopped. */
  constructor(
    arm: Extract<TracerCommand, { type: "arm" }>,
    readonly thread: Thread,
    readonly engine: TraceeEngine,
  ) {
    this.call = arm.call;
    this.thenLease = arm.thenLease;
    const ranges = arm.ranges.map(({ start, end, protection }) => ({
      start: start as TraceeAddress,
      end: end as TraceeAddress,
      protection,
    }));
    engine.guardCall(thread, ranges);
    this.#stopsBefore = engine.stops.count;
    this.#instructionsBefore = engine.reference.stats.instructions;
    this.#unknownBefore = engine.reference.stats.unknown;
    this.#before = countsOf(engine);
    this.#startedAt = performance.now();
  }

  get durationMs(): number {
    return performance.now() - this.#startedAt;
  }

  stats(): EngineStats {
    const { instructions, unknown } = this.engine.reference.stats;
    const before = this.#before;
    const { fallbacks, ...now } = countsOf(this.engine);
    return {
      engine: this.engine.fragments ? "fragments" : "reference",
      fragments: now.fragments - before.fragments,
      translated: now.translated - before.translated,
      translationMs: now.translationMs - before.translationMs,
      entries: now.entries - before.entries,
      fallbacks: Object.fromEntries(
        Object.entries(fallbacks)
          .map(([reason, count]) => [reason, count - (before.fallbacks[reason] ?? 0)] as const)
          .filter(([, count]) => count > 0),
      ),
      stops: this.engine.stops.count - this.#stopsBefore,
      instructions: instructions - this.#instructionsBefore,
      unknown: unknown - this.#unknownBefore,
    };
  }
}

type FragmentCounts = Pick<
  EngineStats,
  "fragments" | "translated" | "translationMs" | "entries" | "fallbacks"
>;

function countsOf({ fragments }: TraceeEngine): FragmentCounts {
  if (!fragments) {
    return { fragments: 0, translated: 0, translationMs: 0, entries: 0, fallbacks: {} };
  }
  const { entries, fallbacks } = fragments.stats;
  return { ...fragments.translator.stats, entries, fallbacks: { ...fallbacks } };
}
