import { type SessionEvent, sessionMachine } from "ffiscope/machines";
import {
  type Branch,
  branchesOf,
  nameOf as nameOrUnnamed,
  regionsOf,
  statesOf,
  UNNAMED,
} from "../../../dist/machines/chart/branches.js";
import { SAMPLES } from "./samples.js";

export type { Branch };

const regions = regionsOf(sessionMachine);
export const REGIONS = ["lifecycle", "retcode"] as const;
export type Region = (typeof REGIONS)[number];

const statesIn = (region: Region) => statesOf(regions.find(({ key }) => key === region)!);
const states = statesIn("lifecycle");

/** The states of the region `retcode` while the session is not over. */
export const RETCODE_STATES: readonly string[] = statesIn("retcode")
  .filter(({ type }) => type !== "final")
  .map(({ key }) => key);

/** What the region `retcode` heeds: the child's override, and xstate's event for the other's end. */
export const RETCODE_EVENTS: readonly string[] = [
  "frame.overrideRetcode",
  "xstate.done.state.session.lifecycle",
];

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

/** What `event` does in `state`: the branches in the order in which their guards are tried. */
export function branches(state: string, event: string, region: Region = "lifecycle"): Branch[] {
  const found = branchesOf(statesIn(region).find(({ key }) => key === state)!, event);
  for (const { guard, actions, definition } of found) {
    for (const name of [guard, ...actions]) named(name, definition);
  }
  return found;
}

/** The actions of `state` when it is entered and when it is left; null: of the session itself. */
export function onEntryAndExit(state: string | null): [entry: string, exit: string] {
  const { root } = sessionMachine;
  const { entry, exit } = state === null ? root : states.find(({ key }) => key === state)!;
  return [entry.map(nameOf).join(", "), exit.map(nameOf).join(", ")];
}

function nameOf(action: unknown): string {
  return named(nameOrUnnamed(action), action) as string;
}

/** Guards and actions of a session stand in its definition by name. */
function named(name: string | null, what: unknown): string | null {
  if (name === UNNAMED) throw new Error(`no name: ${String(what)}`);
  return name;
}
