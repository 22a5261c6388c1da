import type { CallOutcome } from "../model/index.js";
import { count } from "../report/index.js";
import { libraryShown } from "../values/index.js";
import { accessCounts } from "./access-counts.js";

/** Findings that a summary names. */
const LISTED = 5;

/** What of a call is shown. */
interface Shown {
  readonly function: string;
  readonly outcome: CallOutcome;
  readonly result: unknown;
  readonly signal: string | null;
  readonly exitCode: number | null;
  readonly truncated: boolean;
  readonly crash: { readonly message: string | null } | null;
  readonly events: { readonly columns: { readonly flags: Uint8Array } };
  readonly findings: readonly {
    readonly kind: string;
    readonly message: string;
    readonly symbol: string | null;
  }[];
}

/** A call as console.log shows it: what it was, how it ended, and what it did to memory. */
export function callSummary(call: Shown): string {
  const { events, findings, truncated, crash } = call;
  const accesses = `${accessCounts(events.columns.flags)}${truncated ? " of those kept" : ""}`;
  const found = findings.length === 0 ? "no findings" : count(findings.length, "finding");
  const listed = findings
    .slice(0, LISTED)
    .map(({ kind, message, symbol }) => `\n  ${kind}: ${message}${symbol ? ` at ${symbol}` : ""}`);
  const more = findings.length > LISTED ? `\n  and ${findings.length - LISTED} more` : "";
  const why = crash?.message ? `\n  ${crash.message}` : "";
  return `TracedCall ${call.function}: ${endText(call)}; ${accesses}; ${found}${why}${listed.join("")}${more}`;
}

function endText(call: Shown): string {
  switch (call.outcome) {
    case "returned":
      return `returned ${libraryShown(call.result)}`;
    case "crashed":
      return `crashed with ${call.signal}`;
    case "exited":
      return `exited with code ${call.exitCode}`;
    default:
      return call.outcome;
  }
}
