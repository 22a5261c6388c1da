import { type AnyActorRef, type AnyEventObject, fromCallback } from "xstate";
import { type Failure, failureOf, machineErrorOf } from "../../model/index.js";
import type { SessionContext } from "../session/session-context.js";
import type { SessionEvent } from "../session/session-events.js";
import type { TraceeCommand } from "./tracee-commands.js";
import { TraceeLink } from "./tracee-link.js";
import { startTracer, type TracerStart } from "./tracer-pool.js";

/**
 * The tracee of a session: starts its tracer, sends what happens to it as events, and carries out
 * the session's commands. Stopping the actor kills the tracee. The tracee of a session that was
 * restored from a snapshot is gone, which ends the session.
 */
export const traceeActor = fromCallback<
  { type: "tracee.command"; command: TraceeCommand },
  TracerStart,
  AnyEventObject
>(({ input, self, receive, sendBack }) => {
  if (isRestored(self._parent)) return sendBack(SESSION_LOST);
  const tracer = startOrFail(input, sendBack);
  if (tracer === null) return;
  const link = new TraceeLink(tracer, (event: SessionEvent) => sendBack(event));
  receive(({ command }) => link.command(command));
  tracer.done.catch((error: unknown) => link.lost(threadFailure(error)));
  return () => link.close();
});

/** Why a tracer's thread has ended, or has not begun, as Node says it. */
function threadFailure(error: unknown): Failure {
  const lack = machineErrorOf(error);
  if (lack) return failureOf(lack);
  const text = error instanceof Error ? error.message : error;
  return { code: "TRACER_LOST", message: `the tracer's thread ended: ${text}`, remedy: null };
}

/** Null where no thread can be started for it: the session has failed then. */
function startOrFail(input: TracerStart, tell: (event: SessionEvent) => void) {
  try {
    return startTracer(input);
  } catch (error) {
    tell({ type: "tracee.failed", ...failureOf(error) });
    return null;
  }
}

const SESSION_LOST: SessionEvent = {
  type: "tracee.failed",
  code: "SESSION_LOST",
  message: "the session was restored from a snapshot, and its process is gone",
  remedy: "Start another; a supervisor does it by itself",
};

/** It has a process already: nothing starts a session but its beginning. */
function isRestored(session: AnyActorRef | undefined): boolean {
  const context = session?.getSnapshot()?.context as SessionContext | undefined;
  return context !== undefined && context.pid !== null;
}
