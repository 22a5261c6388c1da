import type { ActorPast } from "../entry.js";
import type { Past } from "../timeline.js";
import { element, find } from "./dom.js";

/** The actors, each under the one that started it. */
export class ActorList {
  readonly #list = find("#actors ul");

  constructor(readonly select: (actor: number) => void) {}

  show(past: Past, selected: number | null): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset.actor;
    this.#list.replaceChildren(...this.#under(null, past, selected));
    if (focused !== undefined) {
      this.#list.querySelector<HTMLElement>(`[data-actor="${focused}"]`)?.focus();
    }
  }

  #under(parent: number | null, past: Past, selected: number | null): HTMLElement[] {
    return [...past.values()]
      .filter(({ facts }) => parentIn(past, facts.parent) === parent)
      .map((actor) => {
        const item = element("li", {}, this.#button(actor, selected));
        const children = this.#under(actor.facts.actor, past, selected);
        if (children.length > 0) item.append(element("ul", {}, ...children));
        return item;
      });
  }

  #button({ facts, state, ended, calls }: ActorPast, selected: number | null): HTMLElement {
    const status = ended
      ? state?.status === "active"
        ? "stopped"
        : (state?.status ?? "stopped")
      : "active";
    const facets = [state?.state ?? status, ...(calls.length > 0 ? [callsText(calls.length)] : [])];
    const button = element(
      "button",
      {
        type: "button",
        "data-actor": String(facts.actor),
        "data-status": status,
        "aria-pressed": String(facts.actor === selected),
      },
      element("b", {}, nameOf(facts)),
      element("small", {}, facets.join(" · ")),
    );
    button.addEventListener("click", () => this.select(facts.actor));
    return button;
  }
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
