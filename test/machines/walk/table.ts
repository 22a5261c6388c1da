import { type SessionEvent, sessionMachine } from "ffiscope/machines";
import type { AnyStateNode, AnyTransitionDefinition } from "xstate";
import { SAMPLES } from "./samples.js";

/** What an event does in a state, where its guard holds. */
export interface Branch {
  /** The guard's name; null: in every other case. */
  readonly guard: string | null;
  /** The state that it leads to; null: the same. */
  readonly target: string | null;
  /** By name, in order. */
  readonly actions: readonly string[];
  readonly definition: AnyTransitionDefinition;
}

const states = Object.values(sessionMachine.root.states) as AnyStateNode[];

/** The states of a session that is not over, in the order in which a call goes through them. */
export const LIVE_STATES: readonly string[] = states
  .filter(({ type }) => type !== "final")
  .map(({ key }) => key);

export const FINAL_STATES: readonly string[] = states
  .filter(({ type }) => type === "final")
  .map(({ key }) => key);

/** The session's own timers: xstate's events for `after`. */
export const TIMERS: readonly string[] = states.flatMap(({ after }) =>
  after.map(({ eventType }) => eventType),
);

/** Everything that can come to a session. */
export const EVENT_TYPES: readonly string[] = [...Object.keys(SAMPLES), ...TIMERS];

/** An event of each kind that is told apart. */
export const EVENTS: readonly SessionEvent[] = [
  ...Object.values(SAMPLES).flat(),
  ...TIMERS.map((type) => ({ type }) as unknown as SessionEvent),
];

/**
 * What `event` does in `state`, as the machine's definition has it: the branches in the order in
 * which their guards are tried. All is said where the last one has none.
 */
export function branches(state: string, event: string): Branch[] {
  const node = states.find(({ key }) => key === state)!;
  const own = node.transitions.get(event) ?? [];
  const inherited = node.parent!.transitions.get(event) ?? [];
  const found: Branch[] = [];
  for (const definition of [...own, ...inherited]) {
    found.push(branchOf(definition));
    if (definition.guard === undefined) break;
  }
  return found;
}

/** The actions of `state` when it is entered and when it is left; null: of the session itself. */
export function onEntryAndExit(state: string | null): [entry: string, exit: string] {
  const { root } = sessionMachine;
  const { entry, exit } = state === null ? root : states.find(({ key }) => key === state)!;
  return [entry.map(nameOf).join(", "), exit.map(nameOf).join(", ")];
}

function branchOf(definition: AnyTransitionDefinition): Branch {
  const { guard, target, actions } = definition;
  return {
    guard: guard === undefined ? null : nameOf(guard),
    target: target?.[0]?.key ?? null,
    actions: actions.map(nameOf),
    definition,
  };
}

/** Guards and actions of a session stand in its definition by name. */
function nameOf(named: unknown): string {
  if (typeof named === "string") return named;
  const { type } = named as { readonly type?: unknown };
  if (typeof type !== "string") throw new Error(`no name: ${String(named)}`);
  return type;
}
