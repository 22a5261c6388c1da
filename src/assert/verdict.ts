/** What a check found. */
export interface Verdict {
  readonly pass: boolean;
  /** What was expected, what there was, and the bytes: where it does not pass. */
  readonly message: string;
}

export const PASSED: Verdict = { pass: true, message: "" };

export function failed(...lines: readonly string[]): Verdict {
  return { pass: false, message: lines.join("\n") };
}
