/** The session machine, for `createActor(sessionMachine, { input, inspect })`. */

export { HOST_PROGRAM } from "./host-program.js";
export { retcode } from "./retcode.js";
export type { SessionContext } from "./session-context.js";
export * from "./session-events.js";
export { sessionMachine } from "./session-machine.js";
export type { SessionOutput } from "./session-output.js";
export { createSession, type Inspect, type SessionActor, sessionEnd } from "./start-session.js";
export { ProtocolViolation } from "./violation.js";
