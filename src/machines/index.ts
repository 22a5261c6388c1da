/** The session machine, for `createActor(sessionMachine, { input, inspect })`. */

export { contentOf } from "./call-judge.js";
export type { Chart, ChartArrow, ChartState } from "./chart.js";
export { HOST_PROGRAM } from "./host-program.js";
export { chartOfActor, type InspectedActor, inspectedActor, isSession } from "./inspected.js";
export { retcode } from "./retcode.js";
export { sessionChart } from "./session-chart.js";
export type { SessionContext } from "./session-context.js";
export * from "./session-events.js";
export { sessionMachine } from "./session-machine.js";
export type { SessionOutput } from "./session-output.js";
export { createSession, type Inspect, type SessionActor, sessionEnd } from "./start-session.js";
export * from "./supervisor/index.js";
export { ProtocolViolation } from "./violation.js";
