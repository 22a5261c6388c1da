import { type AnyEventObject, fromCallback } from "xstate";
import type { SessionEvent } from "./session-events.js";
import type { TraceeCommand } from "./tracee-commands.js";
import { TraceeLink } from "./tracee-link.js";
import { startTracer, type TracerStart } from "./tracer-pool.js";

/**
 * The tracee of a session: starts its tracer, sends what happens to it as events, and carries out
 * the session's commands. Stopping the actor kills the tracee.
 */
export const traceeActor = fromCallback<
  { type: "tracee.command"; command: TraceeCommand },
  TracerStart,
  AnyEventObject
>(({ input, receive, sendBack }) => {
  const tracer = startTracer(input);
  const link = new TraceeLink(tracer, (event: SessionEvent) => sendBack(event));
  receive(({ command }) => link.command(command));
  tracer.done.catch((error: unknown) => {
    link.lost(`the tracer's thread ended: ${error instanceof Error ? error.message : error}`);
  });
  return () => link.close();
});
