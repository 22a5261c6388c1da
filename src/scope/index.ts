export { type CallStart, type TracedCall, type TraceRequest, traceCall } from "./trace-call.js";
