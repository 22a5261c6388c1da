export { type BlockReadFacts, codeFacts } from "./block-read-facts.js";
export { BufferIndex } from "./buffer-index.js";
export {
  type ByteMapRow,
  byteMap,
  byteMapRows,
  labelOf,
  type TouchedBytes,
  touchedBytes,
} from "./byte-map.js";
export { ByteSet } from "./byte-set.js";
export type {
  CallOutcome,
  CallReport,
  Crash,
  ReportBuffer,
  ResultValue,
  SymbolSource,
} from "./call-report.js";
export { findingMessage } from "./finding-message.js";
export { FindingCollector } from "./findings.js";
export { STRING_FUNCTIONS } from "./glibc-reads.js";
export { toJsonReport } from "./json.js";
export { jsonCallLineChunks, jsonReportChunks } from "./json-chunks.js";
export { JsonEvents } from "./json-event.js";
export { resultToJson } from "./json-result.js";
export type * from "./json-types.js";
export { count, PLAIN, painter, type Style, styleOf } from "./style.js";
export { type TerminalOptions, terminalReport } from "./terminal.js";
export { type Coverage, summarise, type TraceSummary } from "./trace-summary.js";
