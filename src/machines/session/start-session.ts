import { type Actor, createActor, type InspectionEvent, toPromise } from "xstate";
import type { SessionInput } from "./session-events.js";
import { sessionMachine } from "./session-machine.js";
import type { SessionOutput } from "./session-output.js";

/** A running session. */
export type SessionActor = Actor<typeof sessionMachine>;

/** Called with every actor, event and snapshot of a session (xstate's inspection). */
export type Inspect = (event: InspectionEvent) => void;

/** A session that is not started yet: listen, then `start()`. */
export function createSession(input: SessionInput, inspect?: Inspect): SessionActor {
  return createActor(sessionMachine, { input, ...(inspect && { inspect }) });
}

/** Settles when the session has ended and the tracee is gone. */
export function sessionEnd(session: SessionActor): Promise<SessionOutput> {
  return toPromise(session);
}
