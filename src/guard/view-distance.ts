import type { Tid } from "../model/index.js";
import type { GuardedMemory } from "./guarded-memory.js";

/** How far guarded memory is from its other view: the same for all of it, or fragments cannot run. */
export class ViewDistance {
  #staysInPlace = false;

  constructor(readonly memory: GuardedMemory) {}

  /**
   * In bytes, from guarded memory to its other view, which a plain client's pages are given now, with
   * system calls on the stopped thread `tid`. Null where there is no such distance.
   */
  find(tid: Tid): number | null {
    const { guard, views } = this.memory;
    if (!guard.hasPages) return guard.heapDistance;
    if (views.distance === null && !this.#moveViews(tid)) return null;
    return guard.heaps.length === 0 || guard.heapDistance === views.distance
      ? views.distance
      : null;
  }

  /** A plain client's pages are not moved any more, until {@link mappingsChanged}. */
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
