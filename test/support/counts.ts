/** How many tests of a run ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A run's last line: `1 passed, 2 failed, 3 skipped`. */
export function lineOf({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** What a run's last line says; null where it is another. */
export function countsIn(line: string): Counts | null {
  const counts = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(line);
  if (!counts) return null;
  const [passed, failed, skipped] = counts.slice(1).map((count) => Number(count ?? 0));
  return { passed: passed!, failed: failed!, skipped: skipped! };
}

export function sum(all: readonly Counts[]): Counts {
  const total = (of: keyof Counts) => all.reduce((before, counts) => before + counts[of], 0);
  return { passed: total("passed"), failed: total("failed"), skipped: total("skipped") };
}
