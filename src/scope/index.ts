export {
  as,
  type CallbackFunction,
  type Fields,
  type OutArgument,
  out,
  type PointerType,
  pointer,
  type StructType,
  struct,
  type TypedArgument,
  type TypeSpec,
} from "../values/index.js";
export type { CallAccess, CallCrash, CallFinding } from "./call-access.js";
export { CallBuffer } from "./call-buffer.js";
export type { ForeignRequest } from "./call-builder.js";
export { type CallEnding, CallError } from "./call-error.js";
export {
  type AccessMatch,
  CallEvents,
  type EventColumns,
} from "./call-events.js";
export { Callback } from "./callback.js";
export type { DeclareOptions } from "./header-files.js";
export { Library } from "./library.js";
export { LibraryData } from "./library-data.js";
export type {
  CallArgument,
  ForeignFunction,
  PointerArgument,
  PrototypeArguments,
  PrototypeResult,
  VariadicArgument,
} from "./prototype-types.js";
export { Scope } from "./scope.js";
export { type BufferPointer, ScopeBuffer } from "./scope-buffer.js";
export type { MemoryPlace } from "./scope-memory.js";
export type { AllocOptions, CallOptions, LoadOptions, ScopeOptions } from "./scope-options.js";
export { type SuppressionOptions, suppressionsOf } from "./suppression-files.js";
export { type BufferAfter, type TraceOutcome, type TraceRequest, traceCall } from "./trace-call.js";
export { TracedCall } from "./traced-call.js";
export type { PointerValue, ValueOf } from "./value-types.js";
export type { CallResult } from "./wire-values.js";
