import type { CallReport } from "./call-report.js";

/** What is wrong with what a call returned, without being an access: a sentence each. */
export function callWarnings({
  function: name,
  outcome,
  result,
  signature,
}: Pick<CallReport, "function" | "outcome" | "result" | "signature">): string[] {
  const isBool = outcome === "returned" && signature.result.kind === "bool";
  if (!isBool || typeof result === "boolean") return [];
  return [
    `${name} returned ${result} as a bool, which is 0 or 1: its callers may take it for true, or for neither`,
  ];
}
