import { type SessionEmitted, type SessionEvent, sessionMachine } from "ffiscope/machines";
import { transition } from "xstate";
import type { TraceeCommand } from "../../../dist/machines/link/tracee-commands.js";
import type { Snapshot } from "./paths.js";

/** What one event does: where it leads, what the tracee's link is told, what listeners hear. */
export interface Step {
  readonly next: Snapshot;
  readonly commands: readonly TraceeCommand[];
  readonly emitted: readonly SessionEmitted[];
  /** Events that the session will send itself, with their delay in ms. */
  readonly timers: readonly { readonly type: string; readonly delay: number }[];
}

/** Works out what `event` does, and does nothing. */
export function step(snapshot: Snapshot, event: SessionEvent): Step {
  const [next, actions] = transition(sessionMachine, snapshot, event);
  const paramsOf = (type: string) =>
    actions.filter((action) => action.type === type).map(({ params }) => params as never);
  return {
    next,
    commands: paramsOf("xstate.sendTo").map(
      ({ event }: { event: { command: TraceeCommand } }) => event.command,
    ),
    emitted: paramsOf("xstate.emit").map(({ event }: { event: SessionEmitted }) => event),
    timers: paramsOf("xstate.raise").map(
      ({ event, delay }: { event: SessionEvent; delay: number }) => ({ type: event.type, delay }),
    ),
  };
}
