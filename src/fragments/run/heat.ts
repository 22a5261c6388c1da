/** Faults at one instruction before its code is translated: code that runs once is not worth it. */
const WARM = 2;
/** Faults of a session after which all code is translated at its first fault. */
const HOT = 4;

/** Faults on the guard, by the instruction's address: which code is worth being translated. */
export class Heat {
  readonly #faults = new Map<number, number>();
  #total = 0;

  /** Counts a fault. True where the code at `ip` is to be translated. */
  faulted(ip: number): boolean {
    const faults = (this.#faults.get(ip) ?? 0) + 1;
    this.#faults.set(ip, faults);
    this.#total++;
    return faults >= WARM || this.#total >= HOT;
  }

  /** The program's code has changed. */
  clear(): void {
    this.#faults.clear();
  }
}
