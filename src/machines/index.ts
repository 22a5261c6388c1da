/** The session machine, for `createActor(sessionMachine, { input, inspect })`. */

export type { Chart, ChartArrow, ChartRegion, ChartState } from "./chart/chart.js";
export { chartOfActor, type InspectedActor, inspectedActor, isSession } from "./chart/inspected.js";
export { sessionChart } from "./chart/session-chart.js";
export { type CallbackHandler, callbackHandlers } from "./link/callback-handlers.js";
export { contentOf } from "./recording/call-judge.js";
export { keepHeap, releaseHeap } from "./recording/kept-heap.js";
export { HOST_PROGRAM } from "./session/host-program.js";
export { retcode } from "./session/retcode.js";
export type { SessionContext } from "./session/session-context.js";
export * from "./session/session-events.js";
export {
  type SessionMachine,
  type SessionValue,
  sessionMachine,
} from "./session/session-machine.js";
export type { SessionOutput } from "./session/session-output.js";
export {
  createSession,
  type Inspect,
  type SessionActor,
  sessionEnd,
} from "./session/start-session.js";
export { ProtocolViolation } from "./session/violation.js";
export * from "./supervisor/index.js";
