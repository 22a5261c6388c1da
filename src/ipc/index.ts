export { decodeChildMessage, encodeChildMessage } from "./child-codec.js";
export { ProtocolError, type ProtocolErrorCode } from "./errors.js";
export { EVENT_COLUMNS, SHARED_EVENTS_FROM } from "./event-columns.js";
export {
  CHILD_FRAME_LIMIT,
  FRAME_LIMIT,
  FrameReader,
  frame,
  frameHeader,
  wholeFrame,
} from "./framing.js";
export { type LeaseTerms, LineLease } from "./line-lease.js";
export { MemEventsWriter } from "./mem-events.js";
export * from "./messages.js";
export { readPageList } from "./page-list.js";
export { decodeSupervisorMessage, encodeSupervisorMessage } from "./supervisor-codec.js";
