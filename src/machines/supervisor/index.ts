export { addRestart, type Restarts } from "./restart-intensity.js";
export type { Asked, Child, SupervisorContext } from "./supervisor-context.js";
export type * from "./supervisor-events.js";
export { type SupervisorMachine, supervisorMachine } from "./supervisor-machine.js";
