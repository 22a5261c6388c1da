import { assertNever, type CallOutcome, type FindingKind } from "../model/index.js";
import type { CallReport } from "./call-report.js";
import { jsonTail } from "./json/json.js";

/** One thing that is wrong with a call: a finding, or that it did not return. */
export interface CallFault {
  readonly kind: FindingKind | Exclude<CallOutcome, "returned">;
  /** A sentence that begins with the function's name. */
  readonly message: string;
  /** Where; null where that has no name. */
  readonly symbol: string | null;
  /** Null where it has no place. */
  readonly ip: number | null;
  /** How often. */
  readonly count: number;
}

/** All of them, findings first. */
export function callFaults(report: CallReport): CallFault[] {
  const { function: name, outcome } = report;
  const { findings, crash } = jsonTail(report);
  const faults: CallFault[] = findings.map(({ kind, message, symbol, ip, count }) => ({
    kind,
    message: `${name} ${message}${symbol ? `, at ${symbol}` : ""}`,
    symbol,
    ip: Number(ip),
    count,
  }));
  if (outcome === "returned") return faults;
  const symbol = crash?.symbol ?? null;
  const ip = crash?.ip ? Number(crash.ip) : null;
  const message = `${name} ${endText(report, outcome, crash?.message ?? null)}`;
  return [...faults, { kind: outcome, message, symbol, ip, count: 1 }];
}

function endText(
  { crash, exitCode, durationMs }: CallReport,
  outcome: CallFault["kind"] & CallOutcome,
  why: string | null,
): string {
  switch (outcome) {
    case "crashed":
      return `crashed with ${crash?.signal ?? "a signal"}${why ? `: ${why}` : ""}`;
    case "exited":
      return `ended the process with exit code ${exitCode}`;
    case "timed-out":
      return `had not returned after ${Math.round(durationMs)} ms`;
    case "cancelled":
      return "was cancelled";
    default:
      return assertNever(outcome);
  }
}
