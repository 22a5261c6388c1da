import type { AddressSpace } from "../../engine/address-space.js";
import type { ProtectedRange } from "../../guard/protected-range.js";
import { Reg, RegisterFile } from "../../native/ptrace/registers.js";
import type { Thread } from "../../threads/thread-table.js";
import type { EngineStats, TracerCommand } from "./messages.js";

/** One traced call, from its SIGSTOP to its SIGUSR1. */
export class CallTrace {
  readonly call: number;
  /** The host was asked for it, and awaits nothing at its end. */
  readonly asked: boolean;
  /** Its end brings a lease of the line. */
  readonly thenLease: boolean;
  /** Of its thread, when it began. */
  readonly stackPointer: number;
  readonly #startedAt: number;
  readonly #stopsBefore: number;
  readonly #instructionsBefore: number;
  readonly #unknownBefore: number;
  readonly #before: FragmentCounts;

  /** `thread`: the one that raised SIGSTOP, still stopped. */
  constructor(
    arm: Extract<TracerCommand, { type: "arm" }>,
    readonly thread: Thread,
    readonly engine: AddressSpace,
  ) {
    this.call = arm.call;
    this.asked = arm.asked;
    this.thenLease = arm.thenLease;
    this.stackPointer = Number(RegisterFile.of(thread.tid).words[Reg.rsp]);
    engine.guardCall(thread, arm.ranges as readonly ProtectedRange[]);
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
    const now = countsOf(this.engine);
    return {
      engine: this.engine.fragments ? "fragments" : "reference",
      fragments: now.fragments - before.fragments,
      translated: now.translated - before.translated,
      translationMs: now.translationMs - before.translationMs,
      entries: now.entries - before.entries,
      fallbacks: { ...this.engine.fragments?.stats.fallbacks },
      stops: this.engine.stops.count - this.#stopsBefore,
      instructions: instructions - this.#instructionsBefore,
      unknown: unknown - this.#unknownBefore,
    };
  }
}

type FragmentCounts = Pick<EngineStats, "fragments" | "translated" | "translationMs" | "entries">;

function countsOf({ fragments }: AddressSpace): FragmentCounts {
  if (!fragments) return { fragments: 0, translated: 0, translationMs: 0, entries: 0 };
  return { ...fragments.translator.stats, entries: fragments.stats.entries };
}
