import type { Pid, Tid } from "../model/index.js";
import type { RemoteCode } from "../native/remote/remote-code.js";
import { type BackedHeap, releaseForkedChild } from "./forked-memory.js";
import { Guard } from "./guard.js";
import { holesIn } from "./holes.js";
import type { ProtectedRange } from "./protected-range.js";
import { Protector } from "./protector.js";
import { Views } from "./views.js";

/**
 * Guarded memory of one address space: which memory is guarded, where it lies meanwhile, and what
 * opens and closes it there. One is made for each address space, and handed to all who serve it.
 */
export class GuardedMemory {
  /** Decides which memory is guarded; touches no tracee. */
  readonly guard = new Guard();
  /** Where a plain client's pages lie while fragments use them. */
  readonly views: Views;
  /** Opens and closes guarded memory, by system calls of a borrowed thread. */
  readonly protector: Protector;
  readonly #heaps: BackedHeap[] = [];

  /** `code`: runs the system calls in the tracee. */
  constructor(readonly code: RemoteCode) {
    this.views = new Views(code);
    this.protector = new Protector(code, this.guard, this.views);
  }

  addHeap(heap: BackedHeap): void {
    this.guard.addHeap(heap);
    this.#heaps.push(heap);
  }

  /**
   * Finds what the program has unmapped of our heaps between two calls, when its system calls are
   * not watched, and guards that no more. `tid`: a stopped thread.
   */
  findUnmapped(tid: Tid): void {
    const { code, guard, protector } = this;
    code.mappings.renew(tid);
    const holes = guard.heaps.flatMap(({ guarded, size }) =>
      holesIn(code.mappings, guarded, guarded + size),
    );
    if (holes.length === 0) return;
    code.borrow(tid, () => {
      for (const { start, end } of holes) protector.replaced(tid, start, end);
    });
  }

  /**
   * Has `ranges`, which are guarded pages of a plain client, in the other view, by system calls on the
   * borrowed thread `tid`. What else fragments would move goes with them. False where that cannot be.
   */
  moveToOtherView(tid: Tid, ranges: readonly ProtectedRange[]): boolean {
    const { guard, views, protector } = this;
    if (protector.isKeeping) return false;
    if (views.distance === null && !views.move(tid, guard.movableRanges())) {
      return views.move(tid, ranges);
    }
    return views.include(tid, ranges);
  }

  /** Gives a forked child, not yet run, the memory that it would have untraced. `living`: any thread. */
  releaseForkedChild(child: Pid, living: Tid): void {
    const { guard, views } = this;
    const { mappings, stops } = this.code;
    mappings.renew(living);
    releaseForkedChild(child, stops, { guard, views, heaps: this.#heaps, mappings });
  }

  close(): void {
    this.code.close();
  }
}
