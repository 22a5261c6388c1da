import type { CallbackAnswer, CallbackCall } from "../../model/callback-code.js";

/** Answers a call of a JavaScript function, at once or later; the thread waits until then. */
export type CallbackHandler = (
  call: CallbackCall,
  answer: (returned: CallbackAnswer) => void,
) => void;

/**
 * Who answers the functions that a process calls, by its number. They are no part of a session's order:
 * they come at any time, from any thread, and hold up nothing but that thread.
 */
export const callbackHandlers = new Map<number, CallbackHandler>();
