export type {
  CallReport,
  Crash,
  ReportBuffer,
  ResultValue,
  SuppressedFindings,
  SymbolSource,
} from "./call-report.js";
export { crashMessage } from "./crash-message.js";
export { findingMessage } from "./finding-message.js";
export { githubAnnotations } from "./github.js";
export { base64, jsonBacktrace, jsonTail, toJsonReport } from "./json/json.js";
export { jsonCallLineChunks, jsonReportChunks } from "./json/json-chunks.js";
export { isCertain, JsonEvents, kindOf, originOf } from "./json/json-event.js";
export { resultToJson } from "./json/json-result.js";
export type * from "./json/json-types.js";
export { sarifLog } from "./sarif.js";
export type { ListedAccesses } from "./terminal/access-list.js";
export { backtraceLines } from "./terminal/backtrace.js";
export {
  type ByteMapRow,
  byteMap,
  byteMapRows,
  labelOf,
  type TouchedBytes,
  touchedBytes,
} from "./terminal/byte-map.js";
export { crashPlace } from "./terminal/crash-place.js";
export { type ColorChoice, count, PLAIN, painter, type Style, styleOf } from "./terminal/style.js";
export { type TerminalOptions, terminalChunks, terminalReport } from "./terminal/terminal.js";
export { type Coverage, summarise, type TraceSummary } from "./trace-summary.js";
export { UnkeptAccesses } from "./unkept-accesses.js";
export { callWarnings } from "./warnings.js";
