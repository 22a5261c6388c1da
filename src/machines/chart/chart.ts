import type { AnyStateMachine, AnyStateNode } from "xstate";
import { type Branch, branchesOf, branchOf, regionsOf, statesOf } from "./branches.js";

/** A state chart as plain data, for whoever draws it. */
export interface Chart {
  /** Several where the machine is parallel: it is in one state of each. */
  readonly regions: readonly ChartRegion[];
}

/** States of which a machine is in one at a time: those right under its root, or under a region. */
export interface ChartRegion {
  /** As the machine's value names it; null where the machine is not parallel. */
  readonly name: string | null;
  readonly initial: string | null;
  readonly states: readonly ChartState[];
  readonly arrows: readonly ChartArrow[];
}

/** A node. A `group` stands for several states: its arrows are those of each of them. */
export interface ChartState {
  readonly name: string;
  readonly kind: "live" | "final" | "group";
  /** What is written on it. */
  readonly title: string;
  /** Of a group: the names of its states. */
  readonly members: readonly string[];
}

/** Everything that leads one way. */
export interface ChartArrow {
  readonly from: string;
  readonly to: string;
  readonly labels: readonly string[];
}

/** States whose common arrows are drawn once. */
export type ChartGroup = Pick<ChartState, "name" | "title" | "members">;

type Label = (event: string, branch: Branch) => string;
type Arrow = { readonly from: string; readonly to: string; readonly label: string };

/**
 * The chart of `machine`. Events that leave a state as it is are not drawn. `groups`: by the name of
 * their region.
 */
export function chartOf(
  machine: AnyStateMachine,
  groups: Readonly<Record<string, readonly ChartGroup[]>> = {},
  label: Label = (event, { guard }) => arrowLabel(eventName(machine, event), guard),
): Chart {
  const regions = regionsOf(machine);
  return {
    regions: regions.map((region) => {
      const name = region === machine.root ? null : region.key;
      return { name, ...regionChart(region, groups[name ?? ""] ?? [], label) };
    }),
  };
}

function regionChart(
  region: AnyStateNode,
  groups: readonly ChartGroup[],
  label: Label,
): Omit<ChartRegion, "name"> {
  const states = statesOf(region);
  const initial = region.initial?.target[0]?.key ?? null;
  return {
    initial: states.some(({ key }) => key === initial) ? initial : null,
    states: [
      ...groups.map((group) => ({ ...group, kind: "group" as const })),
      ...states.map(({ key, type }) => ({
        name: key,
        kind: type === "final" ? ("final" as const) : ("live" as const),
        title: key,
        members: [],
      })),
    ],
    arrows: drawn(arrowsOf(region, label), groups),
  };
}

export function arrowLabel(event: string, guard: string | null): string {
  return guard === null ? event : `${event} [${guard}]`;
}

/** An event as a reader knows it; xstate's names for timers and ends say less. */
export function eventName(machine: AnyStateMachine, event: string): string {
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(event) ?? [];
  if (delay !== undefined) {
    const ms = (machine.implementations.delays as Record<string, unknown>)[delay] ?? delay;
    return Number.isFinite(Number(ms)) ? `after ${ms} ms` : `after ${delay}`;
  }
  const [, how, what] = /^xstate\.(done|error)\.(?:actor|state)\.(.+)$/.exec(event) ?? [];
  return how === undefined ? event : `${how}: ${what}`;
}

/** The names of all events that the states of `region` know. */
function eventTypes(region: AnyStateNode): string[] {
  const types = new Set<string>();
  for (let at: AnyStateNode | undefined = region; at; at = at.parent) {
    for (const type of at.transitions.keys()) types.add(type);
  }
  for (const state of statesOf(region))
    for (const type of state.transitions.keys()) types.add(type);
  return [...types];
}

/** Every way from one state of `region` to another. */
function arrowsOf(region: AnyStateNode, label: Label): Arrow[] {
  const events = eventTypes(region);
  return statesOf(region)
    .filter(({ type }) => type !== "final")
    .flatMap((state) => {
      const arrow = (event: string, branch: Branch): Arrow[] =>
        branch.target === null || (branch.target === state.key && isInside(state, branch))
          ? []
          : [{ from: state.key, to: branch.target, label: label(event, branch) }];
      return [
        ...events.flatMap((event) => branchesOf(state, event).flatMap((b) => arrow(event, b))),
        ...partsOf(state).flatMap(({ transitions }) =>
          [...transitions].flatMap(([event, definitions]) =>
            definitions.flatMap((definition) => arrow(event, branchOf(definition, state))),
          ),
        ),
      ];
    });
}

/** It goes from one part of `state` to another. */
function isInside(state: AnyStateNode, { definition }: Branch): boolean {
  return definition.target?.[0] !== state;
}

function partsOf(state: AnyStateNode): AnyStateNode[] {
  return statesOf(state).flatMap((part) => [part, ...partsOf(part)]);
}

/** What all states of a group have is drawn once; what leads one way is one arrow. */
function drawn(arrows: readonly Arrow[], groups: readonly ChartGroup[]): ChartArrow[] {
  const shared = ({ members }: ChartGroup, { from, to, label }: Arrow) =>
    members.includes(from) &&
    members.every((name) =>
      arrows.some((other) => other.from === name && other.to === to && other.label === label),
    );
  const ways = new Map<string, { from: string; to: string; labels: Set<string> }>();
  for (const arrow of arrows) {
    const from = groups.find((group) => shared(group, arrow))?.name ?? arrow.from;
    const key = JSON.stringify([from, arrow.to]);
    const way = ways.get(key) ?? { from, to: arrow.to, labels: new Set() };
    way.labels.add(arrow.label);
    ways.set(key, way);
  }
  return [...ways.values()].map(({ from, to, labels }) => ({ from, to, labels: [...labels] }));
}
