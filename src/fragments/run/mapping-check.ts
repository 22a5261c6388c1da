import type { GuardedMemory } from "../../guard/guarded-memory.js";
import { USER_SPACE_END } from "../../model/index.js";
import type { QueriedMapping } from "../../native/memory/map-query.js";
import type { Thread } from "../../threads/thread-table.js";
import type { CodeSource } from "../translate/code-source.js";
import type { OperandModes } from "../translate/operand-modes.js";

/**
 * Checks before fragments run: whether our heaps are still mapped, whether what was translated is
 * still the program's code, and whether an operand that is redirected by mistake is sure to fault.
 */
export class MappingCheck {
  #isDone = false;

  constructor(
    readonly memory: GuardedMemory,
    readonly source: CodeSource,
    readonly modes: OperandModes,
    /** Forgets all that was translated. `thread` is stopped, outside of fragments. */
    readonly forgetCode: (thread: Thread) => void,
  ) {}

  /** The mappings may have changed. */
  mappingsChanged(): void {
    this.#isDone = false;
  }

  /** Nothing has changed since {@link ensure}. */
  get isCurrent(): boolean {
    return this.#isDone;
  }

  /** `distance`: of the views, in bytes. Checks nothing if nothing can have changed. */
  ensure(thread: Thread, distance: number): void {
    if (this.#isDone) return;
    this.memory.findUnmapped(thread.tid);
    if (!this.source.refresh()) this.forgetCode(thread);
    this.#isDone = true;
    this.modes.canTrust = !this.#hasAlias(Math.abs(distance));
  }

  /**
   * Two mappings of the program's own are as far apart as the views: an operand in one, redirected
   * by mistake, would not fault. Looks from each mapping for one that far above, and skips all
   * mappings in between.
   */
  #hasAlias(distance: number): boolean {
    for (let at = 0; at + distance < USER_SPACE_END; ) {
      const low = this.#otherAtOrAfter(at);
      const high = low && this.#otherAtOrAfter(low.start + distance);
      if (!low || !high) return false;
      if (high.start < low.end + distance) return true;
      at = Math.max(low.end, high.start - distance);
    }
    return false;
  }

  /** The next mapping that is not guarded. */
  #otherAtOrAfter(address: number): QueriedMapping | null {
    const { guard } = this.memory;
    const { mappings } = this.memory.code;
    let mapping = mappings.atOrAfter(address);
    while (mapping && guard.covers(mapping.start)) {
      mapping = mappings.atOrAfter(mapping.end);
    }
    return mapping;
  }
}
