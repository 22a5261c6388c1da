import type { Source } from "../source.js";

/** A line marker: the line behind it is `line` of `file`. */
export interface LineMarker {
  readonly at: number;
  readonly line: number;
  readonly file: string;
}

/** A text of declarations. Its places are those that line markers say. */
export class HeaderSource implements Source {
  readonly what = "text";
  #lineStarts: readonly number[] | null = null;
  #markers: readonly LineMarker[] = [];
  #markerStarts: readonly number[] = [];

  constructor(
    readonly text: string,
    /** What its places are called without a marker; null: `line 12`. */
    private readonly file: string | null,
  ) {}

  /** In the order of the text. */
  setMarkers(markers: readonly LineMarker[]): void {
    this.#markers = markers;
    this.#markerStarts = markers.map(({ at }) => at);
  }

  /** `zlib.h:12`. */
  placeOf(at: number): string {
    // Messages are one line, whatever a file is called.
    return this.#placeOf(at).replace(/[\p{Cc}\u2028\u2029]/gu, "?");
  }

  #placeOf(at: number): string {
    this.#lineStarts ??= lineStarts(this.text);
    const line = lastUpTo(this.#lineStarts, at);
    const marker = this.#markers[lastUpTo(this.#markerStarts, at)];
    if (!marker) return this.file === null ? `line ${line + 1}` : `${this.file}:${line + 1}`;
    const markerLine = lastUpTo(this.#lineStarts, marker.at);
    return `${marker.file}:${marker.line + line - markerLine - 1}`;
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** The index of the last of `sorted` that is at most `at`; -1 where none is. */
export function lastUpTo(sorted: readonly number[], at: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
