import type { CallRecord } from "../machines/index.js";
import { AccessLog, type Signature, type TraceeAddress } from "../model/index.js";
import {
  type CallReport,
  type JsonCrash,
  type JsonFinding,
  type JsonReport,
  type SymbolSource,
  toJsonReport,
} from "../report/index.js";
import { resultOf } from "./c-result.js";
import type { CallBuffer } from "./call-buffer.js";
import { CallEvents } from "./call-events.js";
import { EventSource } from "./event-source.js";

/** What a function returned: an integer past 2^53 as a decimal string, a pointer as a hex string, void null. */
export type CallResult = string | number | boolean | null;

/** What a traced call is made from. */
export interface CallFacts {
  readonly signature: Signature;
  readonly engine: string;
  readonly record: CallRecord;
  readonly value: string | number | null;
  readonly buffers: readonly CallBuffer[];
  readonly symbols: SymbolSource;
}

/** One call and what it did, by the names that `ffiscope trace --json` gives it. */
export class TracedCall<R extends CallResult = CallResult> {
  /** The function's name. */
  readonly function: string;
  readonly outcome: CallRecord["outcome"];
  /** What it returned; null unless it returned, and for void. */
  readonly result: R;
  /** Of a call that ended the process. */
  readonly exitCode: number | null;
  /** The signal that ended the process: `SIGSEGV` and so on. */
  readonly signal: string | null;
  /** From SIGSTOP to SIGUSR1. */
  readonly durationMs: number;
  /** Its accesses, in the order of execution within a thread. */
  readonly events: CallEvents;
  /** There were more than `maxEvents` of them: `events` are the first. Findings count all. */
  readonly truncated: boolean;
  /** What it must not have done. */
  readonly findings: readonly JsonFinding[];
  readonly crash: JsonCrash | null;
  /** Null where the process ended too soon to tell. */
  readonly engineStats: CallRecord["stats"];
  readonly buffers: readonly CallBuffer[];
  readonly #facts: CallFacts;

  constructor(facts: CallFacts) {
    const { signature, record, value, buffers, symbols } = facts;
    this.#facts = { ...facts, record: { ...record, log: new AccessLog() } }; // `events` has it
    this.function = signature.name;
    this.outcome = record.outcome;
    const returned = record.outcome === "returned";
    this.result = (returned ? resultOf(signature.result, value) : null) as R;
    this.exitCode = record.exitCode;
    this.signal = record.signal;
    this.durationMs = record.durationMs;
    this.truncated = record.log.truncated;
    this.engineStats = record.stats;
    this.buffers = buffers;
    this.events = new CallEvents(new EventSource(record.log, buffers, symbols));
    const judged =
      (record.findings ?? []).length > 0 || record.crash !== null || record.signal !== null;
    const { findings, crash } = judged ? this.#report(this.#facts.record.log) : NOTHING_TO_SAY;
    this.findings = findings;
    this.crash = crash;
  }

  /** As `ffiscope trace --json` prints it. */
  toJSON(): JsonReport {
    const report = this.#report(this.#log());
    const unheld = new Set(this.buffers.filter(({ content }) => !content).map(({ name }) => name));
    const buffers = report.buffers.filter(({ name }) => !unheld.has(name));
    return { ...report, buffers, truncated: this.truncated };
  }

  #log(): AccessLog {
    const log = new AccessLog();
    const { columns } = this.events;
    if (columns.length > 0) log.append(columns);
    return log;
  }

  #report(log: AccessLog): JsonReport {
    const { signature, engine, record, buffers, symbols } = this.#facts;
    const { crash, signal, outcome } = record;
    const report: CallReport = {
      function: signature.name,
      signature,
      arguments: [],
      outcome: outcome as CallReport["outcome"],
      exitCode: record.exitCode,
      result: this.result,
      durationMs: record.durationMs,
      engine,
      engineStats: { ...record.stats },
      buffers: buffers.map((buffer) => ({ ...buffer, content: buffer.content ?? NO_BYTES })),
      log,
      findings: record.findings ?? [],
      crash:
        signal === null
          ? null
          : {
              signal,
              address: (crash?.address ?? null) as TraceeAddress | null,
              ip: (crash?.ip ?? null) as TraceeAddress | null,
            },
      symbolizer: symbols,
    };
    return toJsonReport(report);
  }
}

const NO_BYTES = new Uint8Array();
const NOTHING_TO_SAY = { findings: [], crash: null } as const;
