import { enqueueActions } from "xstate";
import type { SessionContext } from "./session-context.js";
import type { SessionEmitted, SessionEvent } from "./session-events.js";

/**
 * An action that does several things, with parameters `P`: xstate loses their type among actions that
 * have others. (`never`: it names no actor, action, guard or delay of the setup.)
 */
export const doing = <P = undefined>(
  collect: Parameters<
    typeof enqueueActions<
      SessionContext,
      SessionEvent,
      P,
      SessionEvent,
      never,
      never,
      never,
      never,
      SessionEmitted
    >
  >[0],
) =>
  enqueueActions<
    SessionContext,
    SessionEvent,
    P,
    SessionEvent,
    never,
    never,
    never,
    never,
    SessionEmitted
  >(collect);
