/** Why an access was left to the reference engine. */
export type Refusal = "operand" | "cold" | "view" | "instruction" | "code" | "stuck";

/** What the fragment engine did, for `engineStats`. */
export class FragmentStats {
  /** Entries into fragments: each is a stop. */
  entries = 0;
  /** Accesses of the call that were left to the reference engine, by reason. */
  fallbacks: Record<string, number> = {};

  callBegins(): void {
    this.fallbacks = {};
  }

  refuse(reason: Refusal): false {
    this.fallbacks[reason] = (this.fallbacks[reason] ?? 0) + 1;
    return false;
  }
}
