import type { SessionEvent } from "../session/session-events.js";
import type { SupervisorContext } from "./supervisor-context.js";
import type { ChildSpec, SupervisorEmitted } from "./supervisor-events.js";

/** What a supervisor does about something. */
export type Effect =
  /** Starts the session; what it emits comes back as `child.told`. */
  | { readonly do: "spawn"; readonly spec: ChildSpec }
  /** Takes a session that has ended from among the children. */
  | { readonly do: "drop"; readonly id: string }
  | { readonly do: "send"; readonly id: string; readonly event: SessionEvent }
  | { readonly do: "emit"; readonly event: SupervisorEmitted }
  /** `child.graceOver` comes after so many ms. */
  | { readonly do: "grace"; readonly id: string; readonly ms: number }
  | { readonly do: "cancelGrace"; readonly id: string };

/** What it knows then, and what it does, in order. */
export interface Decision {
  readonly context: SupervisorContext;
  readonly effects: readonly Effect[];
}

export const emitted = (event: SupervisorEmitted): Effect => ({ do: "emit", event });

/** One decision after the other, each on what the one before left. */
export function inTurn(
  context: SupervisorContext,
  ...decide: readonly ((context: SupervisorContext) => Decision)[]
): Decision {
  return decide.reduce<Decision>(
    (before, next) => {
      const after = next(before.context);
      return { context: after.context, effects: [...before.effects, ...after.effects] };
    },
    { context, effects: [] },
  );
}
