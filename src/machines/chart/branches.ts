import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";

/** What an event does in a state, where its guard holds. */
export interface Branch {
  /** The guard's name; null: in every other case. */
  readonly guard: string | null;
  /** The state of the same region that it leads to; null: the same. */
  readonly target: string | null;
  /** By name, in order. */
  readonly actions: readonly string[];
  readonly definition: AnyTransitionDefinition;
}

/** What a guard or an action is called that stands in a definition without a name. */
export const UNNAMED = "inline";

/** What a machine is in one state of at a time: the regions of a parallel one, else its root. */
export function regionsOf(machine: AnyStateMachine): AnyStateNode[] {
  return machine.root.type === "parallel" ? statesOf(machine.root) : [machine.root];
}

/** The states right under `node`, in the order of its definition. */
export function statesOf(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states) as AnyStateNode[];
}

/**
 * What `event` does in `state`, as the machine's definition has it: the branches in the order in
 * which their guards are tried, those of the state before those of what it is part of. All is said
 * where the last one has none.
 */
export function branchesOf(state: AnyStateNode, event: string): Branch[] {
  const found: Branch[] = [];
  for (let at: AnyStateNode | undefined = state; at; at = at.parent) {
    for (const definition of at.transitions.get(event) ?? []) {
      found.push(branchOf(definition, state));
      if (definition.guard === undefined) return found;
    }
  }
  return found;
}

/** `definition` as it is in `state`, or in a part of it. */
export function branchOf(definition: AnyTransitionDefinition, state: AnyStateNode): Branch {
  const { guard, target, actions } = definition;
  const siblings = statesOf(state.parent!);
  const reached = siblings.find((sibling) => target?.some((node) => isWithin(node, sibling)));
  return {
    guard: guard === undefined ? null : nameOf(guard),
    target: reached?.key ?? null,
    actions: actions.map(nameOf),
    definition,
  };
}

/** `node` is `state`, or part of it. */
function isWithin(node: AnyStateNode, state: AnyStateNode): boolean {
  for (let at: AnyStateNode | undefined = node; at; at = at.parent) if (at === state) return true;
  return false;
}

/** A guard's or an action's name; xstate's own actions are functions with a `type`. */
export function nameOf(named: unknown): string {
  if (typeof named === "string") return named;
  const { type } = named as { readonly type?: unknown };
  return typeof type === "string" ? type : UNNAMED;
}
