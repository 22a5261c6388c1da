/**
 * Half-open ranges `[start, end)` of numbers: addresses or offsets, in bytes. Whatever else a range
 * has (a protection, a kind) its parts have too.
 */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Some number lies in both. An empty range overlaps none. */
export function overlap(a: Range, b: Range): boolean {
  return Math.max(a.start, b.start) < Math.min(a.end, b.end);
}

/** The parts of `ranges` that lie in `[start, end)`, in the order given. */
export function clip<R extends Range>(ranges: readonly R[], start: number, end: number): R[] {
  const parts: R[] = [];
  for (const range of ranges) {
    const from = Math.max(range.start, start);
    const to = Math.min(range.end, end);
    if (from < to) parts.push({ ...range, start: from, end: to });
  }
  return parts;
}

/** What of `ranges` is in none of `taken`, which is in order and does not overlap. */
export function without<R extends Range>(ranges: readonly R[], taken: readonly Range[]): R[] {
  return ranges.flatMap((range) => {
    const left: R[] = [];
    let { start } = range;
    for (const part of taken) {
      if (part.end <= start || part.start >= range.end) continue;
      if (part.start > start) left.push({ ...range, start, end: part.start });
      start = part.end;
    }
    if (start < range.end) left.push({ ...range, start });
    return left;
  });
}

/**
 * Ranges that overlap or touch, as one, in order; empty ones are left out. Only those that are
 * `alike` are joined, where that is given; such ranges must not overlap others.
 */
export function joined<R extends Range>(
  ranges: readonly R[],
  alike: (a: R, b: R) => boolean = () => true,
): R[] {
  const all: R[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = all.at(-1);
    if (range.start >= range.end) continue;
    if (last && range.start <= last.end && alike(last, range)) {
      all[all.length - 1] = { ...last, end: Math.max(last.end, range.end) };
    } else all.push(range);
  }
  return all;
}

/** The index of the last element of `sorted` that is at most `value`, or -1. */
export function lastAtOrBefore(sorted: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
