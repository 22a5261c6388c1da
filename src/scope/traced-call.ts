import { inspect } from "node:util";
import { nameOfErrno } from "../machines/errno-name.js";
import type { CallRecord } from "../machines/index.js";
import { AccessLog, type CallOutcome } from "../model/index.js";
import {
  type CallReport,
  callWarnings,
  type JsonReport,
  jsonTail,
  toJsonReport,
} from "../report/index.js";
import { type CallCrash, type CallFinding, toldCrash, toldFinding } from "./call-access.js";
import { CallBuffer } from "./call-buffer.js";
import type { GivenContent } from "./call-contents.js";
import { CallEvents } from "./call-events.js";
import { callSummary } from "./call-summary.js";
import { EventSource } from "./event-source.js";
import type { MadeCall } from "./make-call.js";
import type { CallResult } from "./wire-values.js";

/** Of most calls. */
const NOTHING = { findings: [], crash: null } as const;

/**
 * One call and what it did, by the names that `ffiscope trace --json` gives it.
 *
 * ```ts
 * const { result, events, findings } = await crc32(0, buf, 5);
 * events.filter({ kind: "read", buffer: buf }).length; // 5
 * ```
 */
export class TracedCall<R extends CallResult = CallResult> {
  /** The function's name. */
  readonly function: string;
  readonly outcome: CallOutcome;
  /** What it returned, a pointer as a BigInt; null for NULL, for void, and unless it returned. */
  readonly result: R;
  /** Of a pointer to characters that it returned, as it lay there then; null where that has none. */
  readonly text: string | null;
  /** What it left in errno(3), which was 0 before; 0 unless it returned. */
  readonly errno: number;
  /** Its name: `ENOENT`; null for 0, and its number as text where it has none. */
  readonly errnoName: string | null;
  /** Of a call that ended the process. */
  readonly exitCode: number | null;
  /** The signal that ended the process: `SIGSEGV` and so on. */
  readonly signal: string | null;
  /** From the SIGSTOP before the call to the SIGUSR1 after it, in ms. */
  readonly durationMs: number;
  /** Its accesses, in the order of execution within a thread. */
  readonly events: CallEvents;
  /** There were more than `maxEvents` of them: `events` are the first. Findings count all. */
  readonly truncated: boolean;
  /** What it must not have done, in the order in which it first did. */
  readonly findings: readonly CallFinding[];
  /** What is wrong with its result, a sentence each: a `_Bool` that is neither 0 nor 1. */
  readonly warnings: readonly string[];
  /** Where it crashed; null where it did not. */
  readonly crash: CallCrash | null;
  /** Null where the process ended too soon to tell. */
  readonly engineStats: CallRecord["stats"];
  #buffers: readonly CallBuffer[] | null = null;
  /** Without its accesses, which `events` has. */
  readonly #report: MadeCall;

  constructor(report: MadeCall) {
    const { record, log, contents, symbolizer } = report;
    const emptied = new AccessLog();
    this.#report = { ...report, log: emptied, record: { ...record, log: emptied } };
    this.function = report.function;
    this.outcome = report.outcome;
    this.result = report.result as R;
    this.text = report.text;
    this.errno = report.errno;
    this.errnoName = report.errno === 0 ? null : nameOfErrno(report.errno);
    this.exitCode = report.exitCode;
    this.signal = record.signal;
    this.durationMs = report.durationMs;
    this.truncated = log.truncated;
    this.engineStats = record.stats;
    this.events = new CallEvents(new EventSource(log, contents, symbolizer));
    // Names of code take a while to find: most calls have nothing that wants one.
    const isPlain = report.findings.length === 0 && report.crash === null;
    const { findings, crash } = isPlain ? NOTHING : jsonTail(this.#told);
    this.warnings = callWarnings(report);
    this.findings = findings.map(toldFinding);
    this.crash = crash && toldCrash(crash);
  }

  /** All that was allocated when the call was made: first what its arguments point to. */
  get buffers(): readonly CallBuffer[] {
    this.#buffers ??= this.#report.contents.all.map((buffer) => new CallBuffer(buffer));
    return this.#buffers;
  }

  get #told(): CallReport<GivenContent> & MadeCall {
    return { ...this.#report, buffers: this.#report.contents.all };
  }

  /** What console.log and assertion libraries show: a summary, for it may have millions of events. */
  [inspect.custom](): string {
    return callSummary(this);
  }

  /** As `ffiscope trace --json` prints it. */
  toJSON(): JsonReport {
    const log = new AccessLog();
    const { columns } = this.events;
    if (columns.length > 0) log.append(columns);
    return { ...toJsonReport({ ...this.#told, log }), truncated: this.truncated };
  }
}
