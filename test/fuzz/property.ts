import fc from "fast-check";

/** What a fuzzer is run with. The same of both give the same inputs. */
export interface FuzzRun {
  readonly seed: number;
  /** Inputs to try. */
  readonly runs: number;
}

/** What a fuzzer has tried, by what became of it: `read`, `refused`, `named` … */
export type Totals = Map<string, number>;

export function count(totals: Totals, outcome: string): void {
  totals.set(outcome, (totals.get(outcome) ?? 0) + 1);
}

export function totalsText(totals: Totals): string {
  const counts = [...totals].sort(([a], [b]) => (a < b ? -1 : 1));
  return counts.map(([outcome, times]) => `${times} ${outcome}`).join(", ");
}

/**
 * Tries `check` on `runs` inputs of `inputs`. Where it throws, the input is shrunk as far as it still
 * does, and thrown with what it threw, the seed and the path by which fast-check comes to it again.
 */
export function holds<T>(
  inputs: fc.Arbitrary<T>,
  { seed, runs }: FuzzRun,
  check: (input: T) => void,
): void {
  fc.assert(
    // The whole of one input, so that a failure can be pasted into a test.
    fc.property(inputs, (input) => check(input)),
    { seed, numRuns: runs, verbose: fc.VerbosityLevel.None, endOnFailure: false },
  );
}
