/**
 * ffiscope: native calls in a supervised process, with every access that they make to the memory
 * they were given.
 */

export {
  type BufferContents,
  type CallFacts,
  type CodeNames,
  FindingCollector,
  type JudgedBuffer,
} from "./judge/index.js";
export * from "./machines/index.js";
export {
  type Access,
  type AccessBatch,
  AccessFlag,
  type AccessKind,
  AccessLog,
  type AccessOrigin,
  accessAt,
  FfiscopeError,
  type Finding,
  type FindingKind,
  type HeapBuffer,
  type Pid,
  type Signature,
  type Tid,
  type TraceeAddress,
  UsageError,
} from "./model/index.js";
export * from "./pool/index.js";
export type {
  Declarations,
  Declared,
  SkipKind,
  SkippedDeclaration,
} from "./prototype/index.js";
export {
  type CallReport,
  type JsonReport,
  jsonReportChunks,
  terminalReport,
  toJsonReport,
} from "./report/index.js";
export * from "./scope/index.js";
export { Symbolizer } from "./symbols/index.js";
