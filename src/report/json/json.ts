import { BufferIndex } from "../../judge/buffer-index.js";
import { type Finding, type HeapBuffer, toHex } from "../../model/index.js";
import { type Frame, frameSymbol } from "../../symbols/index.js";
import type { CallReport, Crash, SymbolSource } from "../call-report.js";
import { crashMessage } from "../crash-message.js";
import { findingMessage } from "../finding-message.js";
import { callWarnings } from "../warnings.js";
import { JsonEvents } from "./json-event.js";
import { resultToJson } from "./json-result.js";
import type {
  JsonBuffer,
  JsonCrash,
  JsonEvent,
  JsonFinding,
  JsonFrame,
  JsonReport,
} from "./json-types.js";

/**
 * The report as one object. For a long trace, `jsonReportChunks` gives the same as text without
 * ever holding all of it.
 */
export function toJsonReport(report: CallReport): JsonReport {
  const events = new JsonEvents(report.symbolizer, new BufferIndex(report.buffers));
  return {
    ...jsonHead(report),
    buffers: heldBuffers(report).map((buffer) => ({
      ...jsonBufferHead(buffer),
      content: base64(buffer.content),
    })),
    events: report.log.batches.flatMap((batch) =>
      Array.from({ length: batch.length }, (_, row) => events.object(batch, row) as JsonEvent),
    ),
    ...jsonTail(report),
  };
}

/** The buffers that were looked at after the call: the others are not in the report. */
export function heldBuffers({ buffers }: CallReport) {
  return buffers.flatMap(({ content, ...buffer }) => (content ? [{ ...buffer, content }] : []));
}

/** Of the form of the report: `schema/trace.schema.json` describes this one. */
const JSON_VERSION: JsonReport["version"] = 1;

/** What stands before the buffers. */
export function jsonHead(report: CallReport) {
  const { function: name, outcome, exitCode, durationMs, engine } = report;
  const hasReturned = outcome === "returned";
  const result = hasReturned ? resultToJson(report.result, report.signature.result) : null;
  return { version: JSON_VERSION, function: name, outcome, exitCode, result, durationMs, engine };
}

export function jsonBufferHead(buffer: HeapBuffer): Omit<JsonBuffer, "content"> {
  const { name, arg, address, size } = buffer;
  return { name, arg, address: toHex(address), size, const: buffer.const };
}

/** What stands behind the events. */
export function jsonTail(report: CallReport) {
  const warnings = callWarnings(report);
  const { log, findings, suppressed, buffers, crash, symbolizer, engineStats } = report;
  return {
    truncated: log.truncated,
    findings: findings.map((finding) => jsonFinding(finding, buffers, symbolizer)),
    ...(suppressed.length > 0 && { suppressed }),
    ...(warnings.length > 0 && { warnings }),
    crash: crash && jsonCrash(crash, report),
    engineStats,
  };
}

export function jsonFinding(
  finding: Finding,
  buffers: readonly HeapBuffer[],
  symbolizer: Pick<SymbolSource, "symbolOf">,
): JsonFinding {
  const { kind, buffer, offset, size, count, ip } = finding;
  const bufferSize = buffers.find(({ name }) => name === buffer)?.size ?? 0;
  return {
    kind,
    buffer,
    offset,
    size,
    count,
    ip: toHex(ip),
    symbol: symbolizer.symbolOf(ip),
    message: findingMessage(finding, bufferSize),
    backtrace: [],
  };
}

function jsonCrash(crash: Crash, { buffers, findings, symbolizer }: CallReport): JsonCrash {
  const { signal, address, ip, cause } = crash;
  return {
    signal,
    address: address === null ? null : toHex(address),
    ip: ip === null ? null : toHex(ip),
    symbol: ip === null ? null : symbolizer.symbolOf(ip),
    reason: cause?.kind ?? null,
    message: crashMessage(crash, new BufferIndex(buffers), { findings, symbolizer }),
    backtrace: jsonBacktrace(crash.backtrace, symbolizer),
  };
}

/** Innermost first. */
export function jsonBacktrace(
  frames: readonly Frame[],
  symbolizer: Pick<SymbolSource, "symbolOf">,
): JsonFrame[] {
  return frames.map((frame) => ({
    symbol: frameSymbol(frame, symbolizer),
    file: null,
    line: null,
  }));
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
