import type { CallReport } from "../call-report.js";
import { resultToJson } from "../json/json-result.js";
import type { JsonValue } from "../json/json-types.js";
import { argumentText } from "./argument-text.js";
import { count, type Paint } from "./style.js";

/** The call as strace would write it: `crc32(crc = 0, buf = "hello", len = 5) = 907060870`. */
export function callText(report: CallReport, width: number, paint: Paint): string[] {
  const { function: name, signature } = report;
  const args = report.arguments.map((arg) => `${arg.name} = ${argumentText(arg, signature)}`);
  const result = resultText(report);
  const line = `${name}(${args.join(", ")})${result}`;
  if (line.length <= width) {
    return [`${paint("title", name)}(${args.join(", ")})${paint("title", result)}`];
  }
  return [
    `${paint("title", name)}(`,
    ...args.map((arg, i) => `  ${arg}${i < args.length - 1 ? "," : ""}`),
    `)${paint("title", result)}`,
  ];
}

function resultText({ outcome, result, signature }: CallReport): string {
  if (outcome !== "returned" || signature.result.kind === "void") return "";
  return ` = ${valueText(resultToJson(result, signature.result))}`;
}

/** As C would have it: `5`, `{x = 1, y = 2.5}`. */
function valueText(value: JsonValue): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `{${value.map(valueText).join(", ")}}`;
  const fields = Object.entries(value).map(([name, held]) => `${name} = ${valueText(held)}`);
  return `{${fields.join(", ")}}`;
}

/** How the call ended: `✔ returned in 1.2 ms`. */
export function outcomeText(report: CallReport, paint: Paint): string {
  const { outcome, exitCode, crash, durationMs, findings } = report;
  const time = `in ${durationText(durationMs)}`;
  switch (outcome) {
    case "returned":
      return findings.length === 0
        ? paint("good", `✔ returned ${time}`)
        : paint("bad", `✖ returned ${time}, with ${count(findings.length, "finding")}`);
    case "crashed":
      return paint("bad", `✖ crashed with ${crash?.signal ?? "a signal"} ${time}`);
    case "timed-out":
      return paint("bad", `✖ timed out after ${durationText(durationMs)}`);
    case "cancelled":
      return paint("bad", `✖ was cancelled ${time}`);
    case "exited":
      return paint("bad", `✖ ended the process with exit code ${exitCode} ${time}`);
  }
}

/** Three digits are what a duration is worth. */
const durationText = (ms: number) =>
  ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(3))} s`;
