import { type Actor, createActor, type InspectionEvent, toPromise } from "xstate";
import { checkOptions } from "../../model/index.js";
import type { SessionInput } from "./session-events.js";
import { sessionMachine } from "./session-machine.js";
import type { SessionOutput } from "./session-output.js";
import { SESSION_INPUT } from "./session-spec.js";

/** A running session. */
export type SessionActor = Actor<typeof sessionMachine>;

/** Called with every actor, event and snapshot of a session (xstate's inspection). */
export type Inspect = (event: InspectionEvent) => void;

/** A session that is not started yet: listen, then `start()`. Throws FfiscopeError INVALID_OPTION. */
export function createSession(input: SessionInput, inspect?: Inspect): SessionActor {
  checkOptions(input, SESSION_INPUT, "createSession");
  return createActor(sessionMachine, { input, ...(inspect && { inspect }) });
}

/** Settles when the session has ended and the tracee is gone. */
export function sessionEnd(session: SessionActor): Promise<SessionOutput> {
  return toPromise(session);
}
