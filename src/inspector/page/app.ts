import type { Entry, Opening, Plain, RegionStates } from "../entry.js";
import { type Past, Timeline } from "../timeline.js";
import { ActorList, systemOf } from "./actor-list.js";
import { CallsView } from "./calls-view.js";
import { ChartView, statesText } from "./chart-view.js";
import { ContextView } from "./context-view.js";
import { find } from "./dom.js";
import { Place } from "./place.js";
import { SequenceView } from "./sequence-view.js";
import { Transport } from "./transport.js";

/** What the page shows: a history, a place in it, and an actor. */
class App {
  #timeline = new Timeline();
  #limits: Opening["limits"] = { entries: 0, bytes: 0 };
  #selected: number | null = null;
  /** The user has: nothing else is selected by itself any more. */
  #chosen = false;
  #scheduled = false;
  readonly #place = new Place(
    () => this.#timeline,
    {
      shown: () => this.#ofSystem(),
      isState: (entry) => this.#changesState(entry),
    },
    () => this.#schedule(),
  );
  readonly #chart = new ChartView();
  readonly #actors = new ActorList((actor) => this.#choose(actor));
  readonly #sequence = new SequenceView((seq) => this.#place.goTo(seq));
  readonly #context = new ContextView();
  readonly #calls = new CallsView();
  readonly #transport = new Transport(this.#place, (by) => this.#chooseNext(by));

  async open({ past, first, limits }: Opening): Promise<void> {
    this.#timeline = new Timeline(past, first);
    this.#limits = limits;
    for (const { facts } of past) if (facts.chart !== null) await this.#chart.load(facts.chart);
    this.#schedule();
  }

  /** Takes entries in, one after the other, so that each state is lit in its turn. */
  async add(first: number, entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      this.#timeline.add(entry);
      if (entry.kind === "actor" && entry.chart !== null) {
        await this.#chart.load(entry.chart);
        if (!this.#chosen) await this.#select(entry.actor);
      }
      if (entry.kind === "state" && entry.actor === this.#selected && this.#place.live) {
        const previous = this.#statesBefore(entry) ?? {};
        this.#chart.light({ states: entry.states, previous, live: true });
      }
    }
    if (first > this.#timeline.first) this.#timeline.dropBefore(first);
    this.#schedule();
  }

  async #select(actor: number): Promise<void> {
    this.#selected = actor;
    await this.#chart.show(this.#timeline.at(this.#timeline.next).get(actor)?.facts.chart ?? null);
    this.#schedule();
  }

  #choose(actor: number): void {
    this.#chosen = true;
    void this.#select(actor);
  }

  #chooseNext(by: 1 | -1): void {
    const ids = [...this.#timeline.at(this.#place.seq).keys()];
    const at = ids.indexOf(this.#selected ?? -1);
    const next = ids[(at + by + ids.length) % ids.length];
    if (next !== undefined) this.#choose(next);
  }

  /** Many entries, one picture. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#show();
    });
  }

  #show(): void {
    const { seq, live } = this.#place;
    const past = this.#timeline.at(seq);
    if (this.#selected === null) {
      const withChart = [...past.values()].findLast(({ facts }) => facts.chart !== null);
      if (withChart) void this.#select(withChart.facts.actor);
    }
    const actor = this.#selected === null ? undefined : past.get(this.#selected);
    const { state = null, previous = {} } = actor ?? {};
    this.#chart.light({ states: state?.states ?? {}, previous, live });
    this.#actors.show(past, this.#selected);
    this.#sequence.show(this.#systemEntries(past, seq), past, seq, live);
    this.#context.show(past, this.#selected, this.#contextBefore(seq), this.#entryAt(seq));
    this.#calls.show(actor);
    this.#transport.show(this.#timeline, this.#limits);
  }

  #systemEntries(past: Past, seq: number): Entry[] {
    if (this.#selected === null) return [];
    const ids = new Set(systemOf(past, this.#selected));
    return this.#timeline.entries.filter((entry) => entry.seq <= seq && ids.has(concerned(entry)));
  }

  /** Whether an entry is about an actor of the selected one's system. */
  #ofSystem(): (entry: Entry) => boolean {
    if (this.#selected === null) return () => true;
    const past = this.#timeline.at(this.#timeline.next);
    const ids = new Set(systemOf(past, this.#selected));
    return (entry) => ids.has(concerned(entry));
  }

  #entryAt(seq: number): Entry | undefined {
    return this.#timeline.entries[seq - this.#timeline.first];
  }

  /** The context that the entry looked at has changed; null where it has changed none. */
  #contextBefore(seq: number): Plain {
    const entry = this.#entryAt(seq);
    if (entry?.kind !== "state" || entry.actor !== this.#selected) return null;
    return this.#timeline.at(seq - 1).get(entry.actor)?.state?.context ?? null;
  }

  #changesState(entry: Entry): boolean {
    if (entry.kind !== "state" || entry.actor !== this.#selected) return false;
    const before = this.#statesBefore(entry);
    return before === null || statesText(before) !== statesText(entry.states);
  }

  /** Of the same actor, in the history; null before its first. */
  #statesBefore({ seq, actor }: Entry & { readonly kind: "state" }): RegionStates | null {
    const { entries, first, past } = this.#timeline;
    for (let at = seq - 1 - first; at >= 0; at--) {
      const entry = entries[at]!;
      if (entry.kind === "state" && entry.actor === actor) return entry.states;
    }
    return past.find(({ facts }) => facts.actor === actor)?.state?.states ?? null;
  }
}

/** The actor that an entry is about. */
const concerned = (entry: Entry) => (entry.kind === "event" ? entry.to : entry.actor);

const app = new App();
const connection = find("#connection");
/** Messages are taken in one after the other, also where one waits for a chart. */
let queue: Promise<void> = Promise.resolve();
const stream = new EventSource("events");

function on<T>(type: string, take: (message: T) => Promise<void> | void): void {
  stream.addEventListener(type, (event) => {
    const message = JSON.parse((event as MessageEvent<string>).data) as T;
    queue = queue.then(() => take(message));
  });
}

function say(state: "connected" | "connecting" | "ended", text: string): void {
  connection.dataset.connection = state;
  connection.textContent = text;
}

on<Opening>("opening", (opening) => app.open(opening));
on<{ first: number; entries: Entry[] }>("entries", ({ first, entries }) => app.add(first, entries));
on("end", () => {
  stream.close();
  say("ended", "ended: nothing more comes");
});
stream.addEventListener("open", () => say("connected", "connected"));
stream.addEventListener("error", () => {
  if (stream.readyState === EventSource.CONNECTING) say("connecting", "connecting again");
});
