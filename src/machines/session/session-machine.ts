import type { OwnMachine } from "../own-machine.js";
import type { SessionContext } from "./session-context.js";
import { sessionDefinition } from "./session-definition.js";
import type { SessionEmitted, SessionEvent, SessionInput } from "./session-events.js";
import type { SessionOutput } from "./session-output.js";

/** What the snapshot of a session has for a value: a state of each region. */
export type SessionValue = {
  readonly lifecycle:
    | ("starting" | "seizing" | "initialStop" | "idle" | "armed" | "tracing" | "delivering")
    | ("severed" | "stopping" | "exited" | "failed");
  readonly retcode: "none" | "overridden" | "overriddenAgain" | "settled";
};

export type SessionMachine = OwnMachine<
  SessionContext,
  SessionEvent,
  SessionValue,
  SessionInput,
  SessionOutput,
  SessionEmitted
>;

/** A session, for `createActor`, `invoke` and `spawn`: {@link sessionDefinition} as its users see it. */
export const sessionMachine = sessionDefinition as unknown as SessionMachine;
