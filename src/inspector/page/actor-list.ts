import type { ActorPast } from "../entry.js";
import type { Past } from "../timeline.js";
import { statesText } from "./chart-view.js";
import { element, find, reconcile } from "./dom.js";

/** What an actor is shown by. */
interface Item {
  readonly item: HTMLElement;
  readonly button: HTMLElement;
  readonly facets: HTMLElement;
  readonly children: HTMLElement;
}

/** The actors, each under the one that started it. */
export class ActorList {
  readonly #list = find("#actors ul");
  /** By the actor's number. */
  #items = new Map<number, Item>();

  #selected: number | null = null;

  constructor(readonly select: (actor: number) => void) {}

  show(past: Past, selected: number | null): void {
    const items = new Map<number, Item>();
    for (const actor of past.values()) {
      const item = this.#items.get(actor.facts.actor) ?? this.#item(actor.facts);
      items.set(actor.facts.actor, item);
      update(item, actor, selected);
    }
    this.#items = items;
    this.#nest(this.#list, null, past);
    if (selected === this.#selected || selected === null) return;
    this.#selected = selected;
    items.get(selected)?.button.scrollIntoView({ block: "nearest" });
  }

  #nest(list: HTMLElement, parent: number | null, past: Past): void {
    const under = [...past.values()].filter(({ facts }) => parentIn(past, facts.parent) === parent);
    const items = under.map(({ facts }) => this.#items.get(facts.actor)!);
    reconcile(
      list,
      items.map(({ item }) => item),
    );
    for (const [i, { facts }] of under.entries()) this.#nest(items[i]!.children, facts.actor, past);
  }

  #item(facts: ActorPast["facts"]): Item {
    const facets = element("small");
    const attributes = { type: "button", "data-actor": String(facts.actor) };
    const button = element("button", attributes, element("b", {}, nameOf(facts)), facets);
    button.addEventListener("click", () => this.select(facts.actor));
    const children = element("ul");
    return { item: element("li", {}, button, children), button, facets, children };
  }
}

function update({ button, facets }: Item, actor: ActorPast, selected: number | null): void {
  const { state, ended, calls, facts } = actor;
  const over = state === null || state.status === "active" ? "stopped" : state.status;
  const status = ended ? over : "active";
  const shown = [
    state ? statesText(state.states) || status : status,
    ...(calls.length > 0 ? [callsText(calls.length)] : []),
  ];
  facets.textContent = shown.join(" · ");
  button.dataset.status = status;
  button.setAttribute("aria-pressed", String(facts.actor === selected));
}

/** A root is named by its machine: xstate numbers it. */
export function nameOf({ name, machine, actor }: ActorPast["facts"]): string {
  const shown = /^x:\d+$/.test(name) ? (machine ?? "actor") : name;
  return `${shown} #${actor}`;
}

const callsText = (count: number) => (count === 1 ? "1 call" : `${count} calls`);

/** A parent that was forgotten is none. */
function parentIn(past: Past, parent: number | null): number | null {
  return parent !== null && past.has(parent) ? parent : null;
}

/** All actors of the system that `actor` is of. */
export function systemOf(past: Past, actor: number): number[] {
  const root = (id: number): number => {
    const parent = parentIn(past, past.get(id)?.facts.parent ?? null);
    return parent === null ? id : root(parent);
  };
  const ours = root(actor);
  return [...past.keys()].filter((id) => root(id) === ours);
}
