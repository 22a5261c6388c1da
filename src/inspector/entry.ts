/** What the inspector's history holds, one JSON object an entry. The page has the same types. */

/** What JSON can say. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** An actor has started. Actors are numbered from 1 in the order in which they do. */
export interface ActorFacts {
  readonly kind: "actor";
  readonly actor: number;
  /** What its parent calls it. */
  readonly name: string;
  readonly parent: number | null;
  /** The name of its machine; null for an actor that is none. */
  readonly machine: string | null;
  /** The number of its chart; null where it has none. */
  readonly chart: number | null;
}

/** An actor was sent an event. */
export interface EventFacts {
  readonly kind: "event";
  /** Null: from outside, or by a timer. */
  readonly from: number | null;
  readonly to: number;
  readonly type: string;
  /** The event without its type, cut where it is long. */
  readonly detail: Plain;
}

/** The state in each region of a machine, by its name; of one that is not parallel, by "". */
export type RegionStates = Readonly<Record<string, string>>;

/** An actor has come to a state, or has changed its context. */
export interface StateFacts {
  readonly kind: "state";
  readonly actor: number;
  /** The state right under the machine's root, or its first region; null where it is no machine. */
  readonly state: string | null;
  readonly states: RegionStates;
  /** The whole state value of a machine with states in states. */
  readonly value: Plain;
  readonly status: string;
  readonly context: Plain;
}

/** A traced call of a session is over. Findings come later, in an entry that replaces it. */
export interface CallFacts {
  readonly kind: "call";
  readonly actor: number;
  readonly call: CallView;
}

/** What the call has returned. */
export interface ResultFacts {
  readonly kind: "result";
  readonly actor: number;
  readonly call: number;
  readonly result: Plain;
}

export type Facts = ActorFacts | EventFacts | StateFacts | CallFacts | ResultFacts;

/** `seq` counts from 0; `at` is in ms since the inspector was opened. */
export type Entry = { readonly seq: number; readonly at: number } & Facts;

/** One traced call, as the page shows it. */
export interface CallView {
  /** 1 for the first of the session. */
  readonly call: number;
  /** The function, where the session was told its name. */
  readonly name: string | null;
  readonly outcome: string;
  readonly durationMs: number;
  readonly accesses: number;
  /** Accesses that were kept; the maps show these. */
  readonly kept: number;
  readonly reads: number;
  readonly writes: number;
  readonly unknown: number;
  readonly threads: number;
  readonly buffers: readonly BufferView[];
  /** Areas of memory that were touched and are not in `buffers`. */
  readonly more: number;
  /** Null as long as nobody has judged the call. */
  readonly findings: readonly string[] | null;
}

/** What a call did to one buffer. */
export interface BufferView {
  readonly name: string;
  readonly address: string;
  /** In bytes. */
  readonly size: number;
  readonly const: boolean;
  /** Bytes. */
  readonly read: number;
  readonly written: number;
  readonly untouched: number;
  /** Bytes a character. */
  readonly scale: number;
  readonly rows: readonly {
    readonly label: string;
    readonly glyphs: string;
    readonly note: string | null;
  }[];
}

/** What a page is sent when it opens: everything up to the first entry that is kept. */
export interface Opening {
  readonly past: readonly ActorPast[];
  /** The first entry that is kept; those before it are only in `past`. */
  readonly first: number;
  readonly limits: { readonly entries: number; readonly bytes: number };
}

/** What is known of an actor at some point of the history. */
export interface ActorPast {
  readonly facts: ActorFacts;
  readonly state: StateFacts | null;
  /** The state before this one, of each region that has had another. */
  readonly previous: RegionStates;
  readonly ended: boolean;
  /** The last ones, in order. */
  readonly calls: readonly CallView[];
  /** By the call's number. */
  readonly results: Readonly<Record<string, Plain>>;
  /** The last entry that concerns it. */
  readonly last: number;
}
