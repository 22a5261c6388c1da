import { BufferIndex } from "../../judge/buffer-index.js";
import { DEFAULTS } from "../../model/index.js";
import type { CallReport } from "../call-report.js";
import { crashMessage } from "../crash-message.js";
import { findingMessage } from "../finding-message.js";
import { summarise, type TraceSummary } from "../trace-summary.js";
import { callWarnings } from "../warnings.js";
import { accessList, codeText } from "./access-list.js";
import { backtraceLines } from "./backtrace.js";
import { buffersSection } from "./buffers-section.js";
import { callText, outcomeText } from "./call-text.js";
import { crashPlace } from "./crash-place.js";
import { count, type Paint, PLAIN, painter, type Style } from "./style.js";

export interface TerminalOptions extends Style {
  /** How many of the first accesses are listed; 10 unless given. */
  readonly accesses?: number;
}

/** Findings past these are counted: a strided write makes one each. */
const MAX_FINDINGS = 20;

/**
 * The report for people: what was called, what it did to each buffer, what was wrong. Lines are at
 * most `width` characters; the last one ends in a newline.
 */
export function terminalReport(report: CallReport, options: TerminalOptions = PLAIN): string {
  const { width, accesses: limit = DEFAULTS.listedAccesses } = options;
  const paint = painter(options);
  const index = new BufferIndex(report.buffers);
  const summary = summarise(report.log, index);
  const sections = [
    [
      ...callText(report, width, paint),
      outcomeText(report, paint),
      totalsText(report, summary, paint),
      ...callWarnings(report).map((warning) => paint("bad", `! ${warning}`)),
    ],
    buffersSection(report.findings, index, summary, width, paint),
    accessesSection(report, index, limit, width, paint),
    findingsSection(report, paint),
    suppressedSection(report),
    crashSection(report, index, paint),
  ];
  const shown = sections.filter((lines) => lines.length > 0);
  return `${shown.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** `12 reads, 3 writes (libc.so.6)`: the words stay for one, so that they can be searched for. */
function totalsText(
  { log, symbolizer }: CallReport,
  { reads, writes, unknown, threads, byIp }: TraceSummary,
  paint: Paint,
): string {
  const byImage = new Map<string, number>();
  for (const [ip, accesses] of byIp) {
    const image =
      symbolizer.imageOf(ip) ?? symbolizer.symbolOf(ip)?.split("!")[0] ?? "unnamed code";
    byImage.set(image, (byImage.get(image) ?? 0) + accesses);
  }
  const images = [...byImage].sort(([, a], [, b]) => b - a).map(([image]) => image);
  const from = images.length > 0 ? ` (${images.join(", ")})` : "";
  const notes = [
    unknown > 0 ? `, ${unknown} of unknown kind` : "",
    from,
    threads > 1 ? `, ${threads} threads` : "",
    log.truncated ? `; the first ${log.length} of ${log.total} accesses` : "",
  ];
  return `${reads} reads, ${writes} writes${paint("quiet", notes.join(""))}`;
}

function accessesSection(
  { log, symbolizer }: CallReport,
  index: BufferIndex,
  limit: number,
  width: number,
  paint: Paint,
): string[] {
  const rows = accessList(log, index, symbolizer, { limit, width: width - 2, paint });
  if (rows.length === 0) return [];
  const title =
    rows.length < log.total ? `first ${rows.length} of ${log.total} accesses` : "accesses";
  return [paint("title", title), ...rows.map((row) => `  ${row}`)];
}

function findingsSection(report: CallReport, paint: Paint): string[] {
  const { findings, buffers, symbolizer } = report;
  if (findings.length === 0) return [];
  const rows = findings.slice(0, MAX_FINDINGS).flatMap((finding) => {
    const size = buffers.find(({ name }) => name === finding.buffer)?.size ?? 0;
    const times = finding.count > 1 ? `, ${finding.count} times` : "";
    return [
      `${paint("bad", `✖ ${finding.kind}`)}  ${findingMessage(finding, size)}`,
      `    at ${codeText(finding.ip, symbolizer)}${times}`,
    ];
  });
  const more = findings.length - MAX_FINDINGS;
  return [
    paint("title", count(findings.length, "finding")),
    ...rows.map((row) => `  ${row}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function suppressedSection({ suppressed }: CallReport): string[] {
  return suppressed.map((entry) => `${count(entry.count, "finding")} suppressed: ${entry.name}`);
}

function crashSection(
  { crash, symbolizer }: CallReport,
  index: BufferIndex,
  paint: Paint,
): string[] {
  if (!crash) return [];
  const hint = crashMessage(crash, index);
  const callers = crash.backtrace.length > 1 ? backtraceLines(crash.backtrace, symbolizer) : [];
  return [
    `${paint("bad", `✖ ${crash.signal}`)}${crashPlace(crash, symbolizer)}`,
    ...(hint ? [`  ${hint}`] : []),
    ...callers.map((line) => paint("quiet", `    ${line}`)),
  ];
}
