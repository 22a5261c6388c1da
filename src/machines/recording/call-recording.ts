import type { ToldFinding } from "../../ipc/index.js";
import { type AccessBatch, AccessLog, type HeapBuffer } from "../../model/index.js";
import type { CallAccesses, HeapFacts, NamedCode } from "../session/session-events.js";
import { CallJudge, type JudgedCall } from "./call-judge.js";

/** What is recorded of a call: the session says so when it arms one. */
export interface RecordingTerms {
  /** Accesses kept; all are counted. */
  readonly maxEvents: number;
  /** What its accesses are judged by; null where its buffers are not known. */
  readonly judged: {
    readonly call: JudgedCall;
    readonly heap: HeapFacts;
    readonly functions: readonly NamedCode[];
    /** The buffers, where it is a client that has told of them. */
    readonly told?: readonly HeapBuffer[];
  } | null;
}

/**
 * The accesses of one call and what they are judged to be, from its start to its end. It belongs to
 * the link, which hears of accesses first: the session is handed what came of it with the event that
 * ends the call, so its context holds nothing that JSON does not.
 */
export class CallRecording {
  readonly #log: AccessLog;
  readonly #judge: CallJudge | null;
  #phase: "armed" | "running" | "over" = "armed";
  #accesses: CallAccesses | null = null;
  readonly #buffers: readonly HeapBuffer[] | undefined;

  constructor({ maxEvents, judged }: RecordingTerms) {
    this.#log = new AccessLog(maxEvents);
    this.#buffers = judged?.told;
    this.#judge = judged && new CallJudge(judged.call, judged.heap, judged.functions);
  }

  /** The call runs. `maps`: /proc/PID/maps, to name code by. */
  begin(maps: string): void {
    this.#phase = "running";
    this.#judge?.begin(maps);
  }

  /** Whether the batch's memory is of no more use: the log is full, and only counts. */
  add(batch: AccessBatch): boolean {
    if (this.#phase !== "running") return false;
    const isFull = this.#log.isFull;
    this.#log.append(batch);
    this.#judge?.add(batch);
    return isFull;
  }

  /** The call is over: what comes from now on is none of its own. */
  end(): CallAccesses {
    this.#phase = "over";
    this.#accesses ??= {
      log: this.#log,
      findings: this.#judge?.findings() ?? null,
      ...(this.#buffers && { buffers: this.#buffers }),
    };
    return this.#accesses;
  }

  /** What a client is told of its call. */
  told(): ToldFinding[] {
    return (this.#buffers && this.#judge?.told(this.#buffers)) ?? [];
  }
}
