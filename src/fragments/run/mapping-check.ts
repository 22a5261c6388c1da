import type { GuardedMemory } from "../../guard/guarded-memory.js";
import { USER_SPACE_END } from "../../model/index.js";
import type { QueriedMapping } from "../../native/memory/map-query.js";
import type { Thread } from "../../threads/thread-table.js";
import type { CodeSource } from "../translate/code-source.js";
import type { OperandModes } from "../translate/operand-modes.js";

/**
 * What has to be known before fragments run: whether the heaps of ours are still there, whether what was
 * translated is still the program's code, and whether an operand that is moved to the other view by
 * mistake is sure to fault.
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

  /** `distance`: of the views, in bytes. Does nothing where nothing may have changed. */
  ensure(thread: Thread, distance: number): void {
    if (this.#isDone) return;
    this.memory.findUnmapped(thread.tid);
    if (!this.source.refresh()) this.forgetCode(thread);
    this.#isDone = true;
    this.modes.canTrust = !this.#hasAlias(Math.abs(distance));
  }

  /**
   * Two mappings lie as far apart as the views of the heap: one could be taken for the other. From a low
   * one to what is there that far above, and back to what could be that far below: few are looked at.
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
