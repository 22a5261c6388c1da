import { bytesOf } from "./buffer-bytes.js";
import { bufferIn, callOf } from "./checks.js";
import { shownBytes } from "./shown-bytes.js";
import { failed, PASSED, type Verdict } from "./verdict.js";

/** It returned, and has no findings. */
export function checkClean(subject: unknown): Verdict {
  const call = callOf(subject);
  const { findings, outcome } = call;
  if (outcome === "returned" && findings.length === 0) return PASSED;
  const how = outcome === "returned" ? "" : `it ${outcome === "timed-out" ? "timed out" : outcome}`;
  const number = findings.length === 1 ? "it has 1 finding" : `it has ${findings.length} findings`;
  const names = [...new Set(findings.map(({ buffer }) => buffer))];
  return failed(
    `expected ${call.function} to be clean, but ${[how, findings.length > 0 ? number : ""].filter(Boolean).join(", and ")}`,
    ...findings.map(({ kind, message, symbol, ip }) => `  ${kind}: ${message}, by ${symbol ?? ip}`),
    ...names.map((name) => {
      const given = bufferIn(call, name);
      const marked = findings.filter(({ buffer }) => buffer === name);
      return shownBytes(given, bytesOf(call, given), marked, "offending");
    }),
  );
}

/** It did not return, or has findings. */
export function checkNotClean(subject: unknown): Verdict {
  const call = callOf(subject);
  if (!checkClean(call).pass) return PASSED;
  return failed(`expected ${call.function} not to be clean, but it returned and has no findings`);
}
