import type { SessionEvent } from "ffiscope/machines";
import { type SessionInput, sessionMachine, type ViolationFacts } from "ffiscope/machines";
import type { SnapshotFrom } from "xstate";
import { initialTransition, transition } from "xstate";
import { getShortestPaths, type StatePath } from "xstate/graph";
import { EVENTS } from "./table.js";

export type Snapshot = SnapshotFrom<typeof sessionMachine>;

export const INPUT: SessionInput = { command: "/opt/program", env: {} };

/** The snapshot that `events` lead to, one after the other, from the start. Nothing is run. */
export function after(...events: readonly SessionEvent[]): Snapshot {
  return from(initialTransition(sessionMachine, INPUT)[0], ...events);
}

/** As {@link after}, from `snapshot` on. */
export function from(snapshot: Snapshot, ...events: readonly SessionEvent[]): Snapshot {
  return events.reduce((before, event) => transition(sessionMachine, before, event)[0], snapshot);
}

/** What the guards and the final output of a session depend on: two alike go on alike. */
export function keyOf({ value, context }: Snapshot): string {
  const { features, requested, channelClosed, execed, exiting, override, violation, failure } =
    context;
  const facts = {
    phase: context.current?.phase,
    extensions: features !== null,
    armsCalls: features?.includes("armed-calls"),
    hasCalled: context.calls > 0,
    requested,
    channelClosed,
    execed,
    exiting: exiting !== null,
    override,
    violation: violation !== null,
    failure: failure !== null,
  };
  return `${value.lifecycle} ${value.retcode} ${JSON.stringify(facts)}`;
}

/** The state of its lifecycle. */
export function stateOf({ value }: Snapshot): Snapshot["value"]["lifecycle"] {
  return value.lifecycle;
}

export function isOver({ status }: Snapshot): boolean {
  return status !== "active";
}

export function violationIn({ context }: Snapshot): ViolationFacts | null {
  return context.violation;
}

/** How a session is walked: with every kind of event, alike snapshots taken as one, to its end. */
export const WALK = {
  input: INPUT,
  events: EVENTS,
  // One request is enough: their numbers only grow.
  filterEvents: ({ context }: Snapshot, { type }: SessionEvent) =>
    (type !== "session.call" && type !== "session.load") || context.requests === 0,
  serializeState: keyOf,
  stopWhen: isOver,
};

/** A shortest path to every snapshot that a session can come to. */
export function shortestPaths(): StatePath<Snapshot, SessionEvent>[] {
  return getShortestPaths(sessionMachine, WALK);
}
