import type { Entry, Plain } from "../entry.js";
import type { Past } from "../timeline.js";
import { nameOf } from "./actor-list.js";
import { duration, element, find } from "./dom.js";

/** What is longer is folded, in characters. */
const LINE = 60;

/** The context of the selected actor, and the entry that is looked at. */
export class ContextView {
  readonly #body = find("#context .body");
  #shown = "";

  /** `before`: the context before the place, to mark what has changed. */
  show(past: Past, selected: number | null, before: Plain, entry: Entry | undefined): void {
    const actor = selected === null ? undefined : past.get(selected);
    const context = actor?.state?.context ?? null;
    const text = JSON.stringify([actor?.facts.actor, context, before, entry?.seq]);
    if (text === this.#shown) return;
    this.#shown = text;
    const open = new Set(this.#opened().map(keyOf));
    const parts: HTMLElement[] = [];
    if (entry !== undefined) parts.push(entryLine(entry, past));
    if (isRecord(context) && Object.keys(context).length > 0) {
      const old = isRecord(before) ? before : null;
      const rows = Object.entries(context).map(([key, value]) => {
        const changed = old !== null && JSON.stringify(old[key] ?? null) !== JSON.stringify(value);
        return element("div", { class: changed ? "pair changed" : "pair" }, ...pair(key, value));
      });
      parts.push(element("div", { class: "tree" }, ...rows));
    } else {
      parts.push(element("p", { class: "empty" }, "This actor has no context."));
    }
    this.#body.replaceChildren(...parts);
    for (const details of this.#body.querySelectorAll("details")) {
      details.open = open.has(keyOf(details));
    }
  }

  #opened(): HTMLDetailsElement[] {
    return [...this.#body.querySelectorAll<HTMLDetailsElement>("details[open]")];
  }
}

/** What was opened stays open when its values change. */
const keyOf = (details: HTMLDetailsElement) => details.querySelector(".key")!.textContent;

function entryLine(entry: Entry, past: Past): HTMLElement {
  const name = (id: number | null) => {
    const known = id === null ? undefined : past.get(id);
    return known ? nameOf(known.facts) : "outside";
  };
  const what =
    entry.kind === "event"
      ? `${entry.type}, ${name(entry.from)} → ${name(entry.to)}`
      : `${entry.kind} of ${name(entry.actor)}`;
  const line = element(
    "div",
    { class: "entry" },
    element("b", {}, `#${entry.seq}`),
    ` ${what}, at ${duration(entry.at)}`,
  );
  if (entry.kind === "event" && isRecord(entry.detail) && Object.keys(entry.detail).length > 0) {
    line.append(element("div", { class: "tree" }, ...tree(entry.detail)));
  }
  return line;
}

function tree(record: { readonly [key: string]: Plain }): HTMLElement[] {
  return Object.entries(record).map(([key, value]) =>
    element("div", { class: "pair" }, ...pair(key, value)),
  );
}

function pair(key: string, value: Plain): HTMLElement[] {
  const text = JSON.stringify(value);
  if (typeof value !== "object" || value === null || text.length <= LINE) {
    return [element("span", { class: "key" }, key), leaf(value, text)];
  }
  const children = Array.isArray(value)
    ? Object.fromEntries(value.map((item, i) => [String(i), item as Plain]))
    : (value as { readonly [key: string]: Plain });
  const size = Object.keys(children).length;
  const folded = element("details", {});
  folded.append(
    element(
      "summary",
      {},
      element("span", { class: "key" }, key),
      ` ${size} ${size === 1 ? "entry" : "entries"}`,
    ),
    element("div", { class: "tree" }, ...tree(children)),
  );
  return [folded];
}

function leaf(value: Plain, text: string): HTMLElement {
  const type = value === null ? "null" : typeof value;
  return element("code", { class: type }, typeof value === "string" ? value : text);
}

function isRecord(value: Plain): value is { readonly [key: string]: Plain } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
