import type { Tid } from "../model/index.js";
import type { GuardedMemory } from "./guarded-memory.js";

/**
 * Finds the distance from guarded memory to its other view. Fragments add one distance to all
 * addresses, so they run only where it is the same for all guarded memory.
 */
export class ViewDistance {
  #staysInPlace = false;

  constructor(readonly memory: GuardedMemory) {}

  /**
   * The distance, in bytes. A plain client's pages get their other view here, by system calls on
   * the stopped thread `tid`. Null where no one distance fits all.
   */
  find(tid: Tid): number | null {
    const { guard, views } = this.memory;
    if (!guard.hasPages) return guard.heapDistance;
    if (views.distance === null && !this.#moveViews(tid)) return null;
    return guard.heaps.length === 0 || guard.heapDistance === views.distance
      ? views.distance
      : null;
  }

  /** Leaves a plain client's pages where they are, until {@link mappingsChanged}. */
  stayInPlace(): void {
    this.#staysInPlace = true;
  }

  mappingsChanged(): void {
    this.#staysInPlace = false;
  }

  #moveViews(tid: Tid): boolean {
    const { code, guard, views, protector } = this.memory;
    if (this.#staysInPlace || protector.isKeeping) return false;
    const ranges = guard.movableRanges();
    if (ranges.length === 0) return false;
    const moved = code.borrow(tid, () => views.move(tid, ranges));
    this.#staysInPlace = !moved;
    return moved;
  }
}
