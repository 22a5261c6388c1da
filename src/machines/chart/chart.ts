import type { AnyStateMachine, AnyStateNode } from "xstate";
import { type Branch, branchesOf, branchOf, topStates } from "./branches.js";

/** A state chart as plain data, for whoever draws it: the states right under a machine's root. */
export interface Chart {
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

/** The chart of `machine`. Events that leave a state as it is are not drawn. */
export function chartOf(
  machine: AnyStateMachine,
  groups: readonly ChartGroup[] = [],
  label: Label = (event, { guard }) => arrowLabel(eventName(machine, event), guard),
): Chart {
  const states = topStates(machine);
  const initial = machine.root.initial?.target[0]?.key ?? null;
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
    arrows: drawn(arrowsOf(machine, label), groups),
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

/** The names of all events that a machine's definition knows. */
function eventTypes(machine: AnyStateMachine): string[] {
  const types = new Set(machine.root.transitions.keys());
  for (const state of topStates(machine)) {
    for (const type of state.transitions.keys()) types.add(type);
  }
  return [...types];
}

/** Every way from one state to another. */
function arrowsOf(machine: AnyStateMachine, label: Label): Arrow[] {
  const events = eventTypes(machine);
  return topStates(machine)
    .filter(({ type }) => type !== "final")
    .flatMap((state) => {
      const arrow = (event: string, branch: Branch): Arrow[] =>
        branch.target === null || (branch.target === state.key && isWithin(state, branch))
          ? []
          : [{ from: state.key, to: branch.target, label: label(event, branch) }];
      return [
        ...events.flatMap((event) => branchesOf(state, event).flatMap((b) => arrow(event, b))),
        ...partsOf(state).flatMap(({ transitions }) =>
          [...transitions].flatMap(([event, definitions]) =>
            definitions.flatMap((definition) => arrow(event, branchOf(definition))),
          ),
        ),
      ];
    });
}

/** It goes from one part of `state` to another. */
function isWithin(state: AnyStateNode, { definition }: Branch): boolean {
  return definition.target?.[0] !== state;
}

function partsOf(state: AnyStateNode): AnyStateNode[] {
  const parts = Object.values(state.states) as AnyStateNode[];
  return parts.flatMap((part) => [part, ...partsOf(part)]);
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
