import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";

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

/** What a guard or an action is called that stands in a definition without a name. */
export const UNNAMED = "inline";

/** The states of a machine, in the order of its definition: those right under its root. */
export function topStates(machine: AnyStateMachine): AnyStateNode[] {
  return Object.values(machine.root.states) as AnyStateNode[];
}

/**
 * What `event` does in `state`, as the machine's definition has it: the branches in the order in
 * which their guards are tried. All is said where the last one has none.
 */
export function branchesOf(state: AnyStateNode, event: string): Branch[] {
  const own = state.transitions.get(event) ?? [];
  const inherited = state.parent!.transitions.get(event) ?? [];
  const found: Branch[] = [];
  for (const definition of [...own, ...inherited]) {
    found.push(branchOf(definition));
    if (definition.guard === undefined) break;
  }
  return found;
}

export function branchOf(definition: AnyTransitionDefinition): Branch {
  const { guard, target, actions } = definition;
  return {
    guard: guard === undefined ? null : nameOf(guard),
    target: target?.[0] ? topOf(target[0]).key : null,
    actions: actions.map(nameOf),
    definition,
  };
}

/** The state right under the root that `state` is, or is part of. */
function topOf(state: AnyStateNode): AnyStateNode {
  let at = state;
  while (at.parent?.parent) at = at.parent;
  return at;
}

/** A guard's or an action's name; xstate's own actions are functions with a `type`. */
export function nameOf(named: unknown): string {
  if (typeof named === "string") return named;
  const { type } = named as { readonly type?: unknown };
  return typeof type === "string" ? type : UNNAMED;
}
