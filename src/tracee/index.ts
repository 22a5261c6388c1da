/** For Node programs that run under `ffiscope run`: a traced heap and traced calls. */
export { FfiscopeError } from "../model/index.js";
export { type AttachOptions, attach } from "./attach.js";
export type { Traced } from "./calls.js";
export { EventFlag, EventList, type TracedEvent } from "./event-list.js";
export { isSupervised } from "./supervisor-line.js";
export type { TracedFinding } from "./traced-finding.js";
export type { Allocation, Tracee } from "./tracee.js";
