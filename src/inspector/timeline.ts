import type { ActorPast, Entry } from "./entry.js";

/** Calls of an actor that are remembered: the last ones. */
export const KEPT_CALLS = 8;

/** What is known of every actor at some point of the history. */
export type Past = Map<number, ActorPast>;

/**
 * A history that forgets its oldest entries: what they said of the actors is kept as `past`. The
 * page has one as well, so this file loads nothing.
 */
export class Timeline {
  /** Before the first entry that is kept. */
  #past: Past = new Map();
  #entries: Entry[] = [];
  #first = 0;

  constructor(past: readonly ActorPast[] = [], first = 0) {
    for (const actor of past) this.#past.set(actor.facts.actor, actor);
    this.#first = first;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** The first entry that is kept, by its `seq`; as many were dropped. */
  get first(): number {
    return this.#first;
  }

  /** The `seq` of the entry that comes next. */
  get next(): number {
    return this.#first + this.#entries.length;
  }

  get past(): readonly ActorPast[] {
    return [...this.#past.values()];
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** Forgets the entries before `first`, and the actors that had ended by then. */
  dropBefore(first: number): void {
    const dropped = this.#entries.splice(0, first - this.#first);
    this.#first += dropped.length;
    for (const entry of dropped) learn(this.#past, entry);
    for (const [actor, { ended, last }] of this.#past) {
      if (ended && last < this.#first && !this.#isMentioned(actor)) this.#past.delete(actor);
    }
  }

  /** Everything up to entry `seq`, that one included. */
  at(seq: number): Past {
    const past = new Map(this.#past);
    for (const entry of this.#entries) {
      if (entry.seq > seq) break;
      learn(past, entry);
    }
    return past;
  }

  /** Entries that are kept have to do with it, or with an actor that it has started. */
  #isMentioned(actor: number): boolean {
    return this.#entries.some((entry) => {
      if (entry.kind === "event") return entry.to === actor || entry.from === actor;
      return entry.actor === actor || (entry.kind === "actor" && entry.parent === actor);
    });
  }
}

/** Adds to `past` what an entry says. */
export function learn(past: Past, entry: Entry): void {
  if (entry.kind === "actor") {
    const { seq, at, ...facts } = entry;
    past.set(entry.actor, {
      ...{ facts, state: null, previous: {}, ended: false },
      ...{ calls: [], results: {}, last: seq },
    });
    return;
  }
  const id = entry.kind === "event" ? entry.to : entry.actor;
  const known = past.get(id);
  if (known === undefined) return; // it started before the inspector was told
  past.set(id, { ...learned(known, entry), last: entry.seq });
}

function learned(known: ActorPast, entry: Exclude<Entry, { kind: "actor" }>): ActorPast {
  switch (entry.kind) {
    case "event":
      return entry.type === "xstate.stop" ? { ...known, ended: true } : known;
    case "state": {
      const left = Object.entries(known.state?.states ?? {}).filter(
        ([region, state]) => entry.states[region] !== state,
      );
      const previous = { ...known.previous, ...Object.fromEntries(left) };
      const ended = known.ended || entry.status !== "active";
      return { ...known, state: entry, previous, ended };
    }
    case "call": {
      const others = known.calls.filter(({ call }) => call !== entry.call.call);
      return { ...known, calls: [...others, entry.call].slice(-KEPT_CALLS) };
    }
    case "result": {
      const others = Object.entries(known.results).filter(([call]) => call !== `${entry.call}`);
      const results = [...others, [`${entry.call}`, entry.result] as const].slice(-KEPT_CALLS);
      return { ...known, results: Object.fromEntries(results) };
    }
  }
}
