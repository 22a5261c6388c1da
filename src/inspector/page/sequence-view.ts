import type { Entry, RegionStates } from "../entry.js";
import type { Past } from "../timeline.js";
import { nameOf } from "./actor-list.js";
import { statesText } from "./chart-view.js";
import { element, find, reconcile } from "./dom.js";

/** Rows that are shown: those that end with the place in the history. */
const ROWS = 150;

/** Actors that have a column of their own; a system of many shows those of the last rows. */
const COLUMNS = 6;

/** Where what no actor sent comes from. */
const OUTSIDE = 0;

/** Which actor sent what to whom, one row an event, one column an actor. */
export class SequenceView {
  readonly #heads = find("#sequence .heads");
  readonly #rows = find("#sequence ol");

  /** The rows by the numbers of their entries, as long as they are laid out in the same way. */
  #shown = new Map<number, HTMLElement>();
  #layout = "";

  constructor(readonly goTo: (seq: number) => void) {}

  /** `entries` of one system up to the place, which is the last one's; `place` is marked. */
  show(entries: readonly Entry[], past: Past, place: number, live: boolean): void {
    const shown = rowsOf(entries).slice(-ROWS);
    const columns = columnsOf(shown);
    const start = entries[0]?.at ?? 0;
    const css = `6.5em repeat(${columns.length}, minmax(6em, 1fr))`;
    this.#heads.style.gridTemplateColumns = css;
    this.#heads.replaceChildren(
      element("span"),
      ...columns.map((id) => element("span", {}, headOf(id, past))),
    );
    const layout = JSON.stringify([columns, start]);
    const known = layout === this.#layout ? this.#shown : new Map<number, HTMLElement>();
    this.#layout = layout;
    this.#shown = new Map(
      shown.map((entry) => {
        const row = known.get(entry.seq) ?? this.#row(entry, columns, start);
        row.style.gridTemplateColumns = css;
        if (entry.seq === place) row.setAttribute("aria-current", "step");
        else row.removeAttribute("aria-current");
        return [entry.seq, row];
      }),
    );
    reconcile(this.#rows, [...this.#shown.values()]);
    if (live || shown.at(-1)?.seq === place) this.#rows.scrollTop = this.#rows.scrollHeight;
  }

  #row(entry: RowEntry, columns: readonly number[], start: number): HTMLElement {
    const row = element("li", { "data-seq": String(entry.seq), class: entry.kind });
    row.append(element("time", {}, sinceStart(entry.at - start)), ...columns.map(lifeLine));
    row.append(entry.kind === "event" ? arrow(entry, columns) : note(entry, columns));
    row.addEventListener("click", () => this.goTo(entry.seq));
    return row;
  }
}

/** In ms: the time since the first entry of the system that is kept. */
const sinceStart = (ms: number) => `${ms.toFixed(ms < 10_000 ? 1 : 0)} ms`;

function lifeLine(_actor: number, at: number): HTMLElement {
  const line = element("i");
  line.style.gridColumn = String(at + 2);
  return line;
}

type StateEntry = Extract<Entry, { kind: "state" }>;

/** `moved`: the states of the regions that have come to another. */
type RowEntry =
  | Extract<Entry, { kind: "event" | "call" }>
  | (StateEntry & { readonly moved: RegionStates });

/** A change of context alone is no row. */
function rowsOf(entries: readonly Entry[]): RowEntry[] {
  const states = new Map<number, RegionStates>();
  return entries.flatMap((entry): RowEntry[] => {
    if (entry.kind === "event" || entry.kind === "call") return [entry];
    if (entry.kind !== "state" || entry.state === null) return [];
    const before = states.get(entry.actor);
    states.set(entry.actor, entry.states);
    const all = Object.entries(entry.states);
    // That the others of a parallel machine's regions have begun goes without saying.
    const moved = before ? all.filter(([region, state]) => before[region] !== state) : [all[0]!];
    return moved.length === 0 ? [] : [{ ...entry, moved: Object.fromEntries(moved) }];
  });
}

function columnsOf(rows: readonly RowEntry[]): number[] {
  const used = new Set<number>();
  for (const row of rows.toReversed()) {
    const ids = row.kind === "event" ? [row.from ?? OUTSIDE, row.to] : [row.actor];
    for (const id of ids) if (used.size < COLUMNS) used.add(id);
  }
  return [...used].sort((a, b) => a - b);
}

function headOf(id: number, past: Past): string {
  const actor = past.get(id);
  return id === OUTSIDE ? "outside" : actor ? nameOf(actor.facts) : `#${id}`;
}

/** Grid lines are counted from 1, and the time has the first column. */
const columnOf = (id: number, columns: readonly number[]) => columns.indexOf(id) + 2;

function arrow(entry: Extract<Entry, { kind: "event" }>, columns: readonly number[]): HTMLElement {
  const from = columnOf(entry.from ?? OUTSIDE, columns);
  const to = columnOf(entry.to, columns);
  const shown = Math.min(from, to) > 1;
  const way = !shown || from === to ? "self" : from < to ? "right" : "left";
  const drawn = element(
    "span",
    { class: `message ${way}`, title: entry.type },
    element("code", {}, labelOf(entry)),
  );
  const last = Math.max(from, to, 2);
  drawn.style.gridColumn = `${shown ? Math.min(from, to) : last} / ${last + 1}`;
  // The arrow's ends are the middles of the outer columns that it spans.
  drawn.style.setProperty("--span", String(Math.abs(to - from) + 1));
  return drawn;
}

/** Commands to a tracee are told apart by what they command. */
function labelOf({ type, detail }: Extract<Entry, { kind: "event" }>): string {
  const { command } = (detail ?? {}) as { readonly command?: { readonly type?: unknown } };
  return typeof command?.type === "string" ? `${type}: ${command.type}` : type;
}

function note(
  entry: Exclude<RowEntry, { kind: "event" }>,
  columns: readonly number[],
): HTMLElement {
  const text =
    entry.kind === "state"
      ? statesText(entry.states, entry.moved)
      : `call ${entry.call.call} ${entry.call.outcome}`;
  const pill = element("span", { class: "note" }, text);
  pill.style.gridColumn = String(Math.max(2, columnOf(entry.actor, columns)));
  return pill;
}
