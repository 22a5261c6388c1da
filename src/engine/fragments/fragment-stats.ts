/** Why an access was left to the reference engine. */
export type Refusal = "operand" | "cold" | "view" | "instruction" | "code" | "stuck";

/** What the fragment engine did, for `engineStats`. */
export class FragmentStats {
  /** Entries into fragments: each is a stop. */
  entries = 0;
  /** Accesses that were left to the reference engine, by reason. */
  readonly fallbacks: Record<string, number> = {};

  refuse(reason: Refusal): false {
    this.fallbacks[reason] = (this.fallbacks[reason] ?? 0) + 1;
    return false;
  }
}
