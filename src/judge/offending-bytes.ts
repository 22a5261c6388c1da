import {
  type Access,
  type AccessBatch,
  accessAt,
  type Finding,
  type FindingKind,
  type HeapBuffer,
  type TraceeAddress,
} from "../model/index.js";

/** Neighbouring offending bytes `[start, end)`, from their buffer's start. */
interface Run {
  start: number;
  end: number;
  count: number;
  first: Access;
  /** Position of `first` among all offences. */
  order: number;
}

/** One instruction that offends in one way against one buffer. */
interface Place {
  readonly kind: FindingKind;
  readonly buffer: HeapBuffer;
  /** Sorted; no two overlap or touch. */
  readonly runs: Run[];
  /** Index of the run that grew last: a loop goes on where it was. */
  last: number;
}

/** Gathers offending bytes: neighbouring ones at one place become one finding. */
export class OffendingBytes {
  readonly #places = new Map<TraceeAddress, Place[]>();
  #offences = 0;

  /** A place in the order of findings, for {@link addAt}. */
  reserve(): number {
    return this.#offences++;
  }

  /** As {@link add}, of an access that showed earlier: `order` was reserved then. */
  addAt(
    kind: FindingKind,
    buffer: HeapBuffer,
    [start, end]: readonly [number, number],
    {
      access,
      order,
      count,
    }: { readonly access: Access; readonly order: number; readonly count: number },
  ): void {
    const { runs } = this.#place(kind, buffer, access.ip);
    runs.push({ start, end, count, first: access, order });
    runs.sort((a, b) => a.start - b.start);
    joinTouching(runs);
  }

  /** Row `row` of `batch` offends with bytes `[start, end)`, from `buffer`'s start. */
  add(
    kind: FindingKind,
    buffer: HeapBuffer,
    start: number,
    end: number,
    batch: AccessBatch,
    row: number,
  ): void {
    const place = this.#place(kind, buffer, batch.ip[row] as TraceeAddress);
    const order = this.#offences++;
    const grown = place.runs[place.last];
    if (grown && start >= grown.start && end <= grown.end) {
      grown.count++;
      return;
    }
    // [from, to): the runs that overlap or touch the new bytes.
    const from = firstEndingFrom(place.runs, start);
    let to = from;
    while (to < place.runs.length && place.runs[to]!.start <= end) to++;
    place.last = from;
    if (to === from) {
      place.runs.splice(from, 0, { start, end, count: 1, first: accessAt(batch, row), order });
      return;
    }
    const run = place.runs[from]!;
    run.start = Math.min(run.start, start);
    run.end = Math.max(place.runs[to - 1]!.end, end);
    run.count++;
    for (const { count, first, order: position } of place.runs.splice(from + 1, to - from - 1)) {
      run.count += count;
      if (position < run.order) Object.assign(run, { first, order: position });
    }
  }

  /** In the order in which they first showed. */
  findings(): Finding[] {
    return [...this.#places]
      .flatMap(([ip, places]) =>
        places.flatMap(({ kind, buffer, runs }) => runs.map((run) => ({ kind, buffer, run, ip }))),
      )
      .sort((a, b) => a.run.order - b.run.order)
      .map(({ kind, buffer, run, ip }) => ({
        kind,
        buffer: buffer.name,
        offset: run.start,
        size: run.end - run.start,
        count: run.count,
        ip,
        access: run.first,
      }));
  }

  #place(kind: FindingKind, buffer: HeapBuffer, ip: TraceeAddress): Place {
    const atIp = this.#places.get(ip) ?? [];
    const known = atIp.find((place) => place.kind === kind && place.buffer === buffer);
    if (known) return known;
    const place: Place = { kind, buffer, runs: [], last: 0 };
    this.#places.set(ip, [...atIp, place]);
    return place;
  }
}

/** Makes one of runs that overlap or touch; they are sorted. */
function joinTouching(runs: Run[]): void {
  for (let at = 1; at < runs.length; ) {
    const [one, other] = [runs[at - 1]!, runs[at]!];
    if (other.start > one.end) {
      at++;
      continue;
    }
    one.end = Math.max(one.end, other.end);
    one.count += other.count;
    if (other.order < one.order) Object.assign(one, { first: other.first, order: other.order });
    runs.splice(at, 1);
  }
}

/** The first run that ends at or past `offset`. */
function firstEndingFrom(runs: readonly Run[], offset: number): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (runs[middle]!.end < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
