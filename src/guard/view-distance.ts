import type { Tid } from "../model/index.js";
import type { RemoteCode } from "../native/remote/remote-code.js";
import type { Guard } from "./guard.js";
import type { Protector } from "./protector.js";
import type { Views } from "./views.js";

/** How far guarded memory is from its other view: the same for all of it, or fragments cannot run. */
export class ViewDistance {
  #staysInPlace = false;

  constructor(
    readonly code: RemoteCode,
    readonly guard: Guard,
    readonly views: Views,
    readonly protector: Protector,
  ) {}

  /**
   * In bytes, from guarded memory to its other view, which a plain client's pages are given now, with
   * system calls on the stopped thread `tid`. Null where there is no such distance.
   */
  find(tid: Tid): number | null {
    const { guard, views } = this;
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
    if (this.#staysInPlace || this.protector.isKeeping) return false;
    const ranges = this.guard.movableRanges();
    if (ranges.length === 0) return false;
    const moved = this.code.borrow(tid, () => this.views.move(tid, ranges));
    this.#staysInPlace = !moved;
    return moved;
  }
}
