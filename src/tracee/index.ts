/** For Node programs that run under `ffiscope run`: a traced heap and traced calls. */
export type { MemEvent } from "../ipc/index.js";
export { FfiscopeError } from "../model/index.js";
export { type AttachOptions, attach } from "./attach.js";
export type { Traced } from "./calls.js";
export { EventFlag, EventList } from "./event-list.js";
export { isSupervised } from "./supervisor-line.js";
export type { Allocation, Tracee } from "./tracee.js";
