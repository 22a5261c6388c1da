import { BufferIndex } from "../../judge/buffer-index.js";
import { type AccessLog, DEFAULTS } from "../../model/index.js";
import type { CallReport } from "../call-report.js";
import { crashMessage } from "../crash-message.js";
import { findingMessage } from "../finding-message.js";
import { summarise, type TraceSummary } from "../trace-summary.js";
import { callWarnings } from "../warnings.js";
import { accessList, codeText, type ListedAccesses } from "./access-list.js";
import { backtraceLines } from "./backtrace.js";
import { buffersSection } from "./buffers-section.js";
import { callText, outcomeText } from "./call-text.js";
import { crashPlace } from "./crash-place.js";
import { count, type Paint, PLAIN, painter, type Style } from "./style.js";
import { wrapped } from "./wrap.js";

export interface TerminalOptions extends Style {
  /** Which accesses are listed; the first 10 unless given. */
  readonly accesses?: ListedAccesses;
}

/** Findings past these are counted: a strided write makes one each. */
const MAX_FINDINGS = 20;

/** Characters a chunk, about: a pipe's worth. */
const CHUNK = 65_536;

/**
 * The report for people: what was called, what it did to each buffer, what was wrong. Lines are at
 * most `width` characters; the last one ends in a newline.
 */
export function terminalReport(report: CallReport, options: TerminalOptions = PLAIN): string {
  return [...terminalChunks(report, options)].join("");
}

/** The same in pieces: all accesses may be more than a string holds. */
export function* terminalChunks(
  report: CallReport,
  options: TerminalOptions = PLAIN,
): Generator<string> {
  let text = "";
  let isFirst = true;
  for (const section of sectionsOf(report, options)) {
    let gap = isFirst ? "" : "\n";
    for (const line of section) {
      text += gap;
      gap = "";
      isFirst = false;
      for (const part of wrapped(line, options.width)) text += `${part}\n`;
      if (text.length < CHUNK) continue;
      yield text;
      text = "";
    }
  }
  yield text;
}

function sectionsOf(report: CallReport, options: TerminalOptions): Iterable<string>[] {
  const { width, accesses: limit = DEFAULTS.listedAccesses } = options;
  const paint = painter(options);
  const index = new BufferIndex(report.buffers);
  const summary = summarise(report.log, index, report.unkept);
  return [
    [
      ...callText(report, width, paint),
      outcomeText(report, paint),
      totalsText(report, summary, paint),
      ...callWarnings(report).map((warning) => paint("bad", `! ${warning}`)),
    ],
    buffersSection(report.findings, index, summary, width, paint),
    accessList(report, index, limit, paint),
    findingsSection(report, paint),
    suppressedSection(report),
    crashSection(report, index, paint),
  ];
}

/** `12 reads, 3 writes (libc.so.6)`: the words stay for one, so that they can be searched for. */
function totalsText(
  { log, unkept, symbolizer }: CallReport,
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
    log.truncated ? `; ${keptText(log, unkept != null)}` : "",
  ];
  return `${reads} reads, ${writes} writes${paint("quiet", notes.join(""))}`;
}

/** `areCounted`: the numbers are of all. */
function keptText({ length, total }: AccessLog, areCounted: boolean): string {
  return `the first ${length} of ${total} accesses${areCounted ? " are kept" : ""}`;
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
  { crash, findings, symbolizer }: CallReport,
  index: BufferIndex,
  paint: Paint,
): string[] {
  if (!crash) return [];
  const hint = crashMessage(crash, index, { findings, symbolizer });
  const callers = crash.backtrace.length > 1 ? backtraceLines(crash.backtrace, symbolizer) : [];
  return [
    `${paint("bad", `✖ ${crash.signal}`)}${crashPlace(crash, symbolizer)}`,
    ...(hint ? [`  ${hint}`] : []),
    ...callers.map((line) => paint("quiet", `    ${line}`)),
  ];
}
