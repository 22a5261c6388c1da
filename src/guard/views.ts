import { type AddressRange, PAGE_SIZE, type Tid, USER_SPACE_END } from "../model/index.js";
import { clip, without } from "../model/ranges.js";
import { EFAULT } from "../native/errno.js";
import { VIEW_DISTANCE } from "../native/memory/heap-mapping.js";
import { PROT_NONE } from "../native/memory/maps.js";
import { MREMAP_DONTUNMAP, MREMAP_FIXED, MREMAP_MAYMOVE } from "../native/memory/mmap.js";
import type { ProcessMappings } from "../native/remote/process-mappings.js";
import type { RemoteCode } from "../native/remote/remote-code.js";
import type { RemoteCall } from "../native/remote/syscall-table.js";
import { TraceeCallFailed } from "../native/remote/tracee-call-failed.js";
import type { MemoryElsewhere } from "../native/remote/tracee-memory.js";
import { SYS_MPROTECT, SYS_MREMAP } from "../native/syscall-numbers.js";
import type { ProtectedRange } from "./protected-range.js";

/** Distances to the other view: far below, or far above where there is no room below. */
const DISTANCES = [VIEW_DISTANCE, -VIEW_DISTANCE];

/** Views lie above this, in bytes: the first pages are reserved (vm.mmap_min_addr). */
const LOWEST = 2 ** 20;

/** Who uses the memory where it lies elsewhere, beside fragments. */
export interface ViewUsers {
  /** The memory is about to come back: for good, or for a moment in which no thread runs. */
  leave(forGood: boolean): void;
}

/** How system calls are run: many in one stop, or one by one without a SIGTRAP. */
export type RunCalls = (tid: Tid, calls: readonly RemoteCall[]) => number[];

/** Memory is kept `distance` bytes from where the program knows it, while it is guarded. */
export interface ViewPlace {
  readonly distance: number;
  readonly ranges: readonly AddressRange[];
}

/**
 * The other view of a plain client's pages. While they are guarded, their memory is moved to where
 * fragments find it, and an inaccessible range is left in its place. All pages are moved by the
 * same distance.
 */
export class Views implements MemoryElsewhere {
  #distance: number | null = null;
  /** Ranges that are moved whenever they are guarded. */
  #kept: readonly ProtectedRange[] = [];
  /** Those that are moved now; by the addresses that the program knows, in order. */
  #moved: ProtectedRange[] = [];
  users: ViewUsers | null = null;
  /** How often all has come back for good. */
  version = 0;
  /** Where it was last, before all of it was moved back. */
  #before: ViewPlace | null = null;

  constructor(readonly code: RemoteCode) {
    code.memory.elsewhere = this;
  }

  readonly #atOnce: RunCalls = (tid, calls) => this.code.syscalls(tid, calls);

  /** From guarded memory to where it is, in bytes; null while it is in its place. */
  get distance(): number | null {
    return this.#distance;
  }

  get isEmpty(): boolean {
    return this.#moved.length === 0;
  }

  /** Moves guarded ranges by system calls on the borrowed thread `tid`. False where that cannot be. */
  move(tid: Tid, ranges: readonly ProtectedRange[]): boolean {
    const distance = this.#roomFor(tid, ranges);
    if (distance === null) return false;
    this.#distance = distance;
    this.#kept = sorted(ranges);
    try {
      this.take(tid, ranges);
      return true;
    } catch (error) {
      if (!(error instanceof TraceeCallFailed)) throw error;
      this.giveBack(tid);
      return false;
    }
  }

  /** As {@link move}, to where the others are. */
  include(tid: Tid, ranges: readonly ProtectedRange[]): boolean {
    const left = ranges.flatMap((range) => this.split(range).others);
    const { mappings } = this.code;
    mappings.renew(tid);
    if (!isRoom(mappings, sorted(left), this.#distance!)) return false;
    this.#kept = sorted([...this.#kept, ...left]);
    this.take(tid, ranges);
    return true;
  }

  /** All of `[start, end)` is elsewhere now. */
  holds(start: number, end: number): boolean {
    let at = start;
    for (const part of this.clip(start, end)) {
      if (part.start !== at) break;
      at = part.end;
    }
    return at === end;
  }

  /**
   * Moves what of `ranges` is in its place, and leaves it inaccessible there. They may overlap; what is
   * elsewhere stays there.
   */
  take(tid: Tid, wanted: readonly ProtectedRange[], run = this.#atOnce): void {
    const ranges: ProtectedRange[] = [];
    for (const range of wanted) {
      ranges.push(...without([range], sorted([...this.#moved, ...ranges])));
    }
    const distance = this.#distance!;
    const flags = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
    // This comes first: what another thread wrote to the emptied range would be lost.
    this.#protect(tid, run, ranges, () => PROT_NONE, 0);
    this.#remap(tid, run, ranges, 0, distance, flags);
    this.#moved = sorted([...this.#moved, ...ranges]);
    this.#protect(tid, run, ranges, ({ protection }) => protection, distance);
  }

  /** Moves back the parts of `range` that are elsewhere, accessible as they were; returns the others. */
  putBack(tid: Tid, range: ProtectedRange, run = this.#atOnce): ProtectedRange[] {
    const back = this.clip(range.start, range.end);
    if (back.length === 0) return [range];
    this.users?.leave(false);
    this.#remap(tid, run, back, this.#distance!, 0, MREMAP_MAYMOVE | MREMAP_FIXED);
    this.#moved = without(this.#moved, back);
    return without([range], back);
  }

  /** Moves everything back, and makes it inaccessible there: it is guarded as before. */
  giveBack(tid: Tid, run = this.#atOnce): void {
    const back = this.#moved;
    if (back.length > 0) {
      this.users?.leave(true);
      this.#remap(tid, run, back, this.#distance!, 0, MREMAP_MAYMOVE | MREMAP_FIXED);
      this.#protect(tid, run, back, () => PROT_NONE, 0);
    }
    this.forget();
  }

  /** Something is kept elsewhere while it is guarded. */
  get keepsAny(): boolean {
    return this.#kept.length > 0;
  }

  /** `range`: the parts that are kept elsewhere, and the others. */
  split(range: ProtectedRange): {
    readonly kept: ProtectedRange[];
    readonly others: ProtectedRange[];
  } {
    const kept = clip(this.#kept, range.start, range.end);
    return { kept, others: without([range], kept) };
  }

  /** Some of `[start, end)` is kept elsewhere. */
  keeps(start: number, end: number): boolean {
    return clip(this.#kept, start, end).length > 0;
  }

  /**
   * True if the place of some moved range, now or when it is guarded again, is in `[start, end)`.
   */
  lieIn(start: number, end: number): boolean {
    if (this.#distance === null) return false;
    return this.keeps(start - this.#distance, end - this.#distance);
  }

  /** Where memory is kept while it is guarded, now and before: {@link ViewPlace}. */
  places(): ViewPlace[] {
    const now = this.#placeNow();
    return [now, this.#before].filter((place) => place !== null);
  }

  /** Nothing is elsewhere any more. */
  forget(): void {
    this.version++;
    this.#before = this.#placeNow() ?? this.#before;
    this.#moved = [];
    this.#kept = [];
    this.#distance = null;
  }

  /** The parts of `[start, end)` that are elsewhere, in order. */
  clip(start: number, end: number): ProtectedRange[] {
    return clip(this.#moved, start, end);
  }

  #placeNow(): ViewPlace | null {
    if (this.#distance === null || this.#kept.length === 0) return null;
    return { distance: this.#distance, ranges: this.#kept };
  }

  /**
   * A distance at which nothing is mapped. Not remembered from call to call: the program may map
   * something there.
   */
  #roomFor(tid: Tid, ranges: readonly ProtectedRange[]): number | null {
    const { mappings } = this.code;
    mappings.renew(tid);
    return DISTANCES.find((distance) => isRoom(mappings, sorted(ranges), distance)) ?? null;
  }

  /** A range of several mappings has to be moved in parts (before Linux 6.17). */
  #remap(
    tid: Tid,
    run: RunCalls,
    ranges: readonly AddressRange[],
    from: number,
    to: number,
    flags: number,
  ): void {
    const calls = ranges.map(({ start, end }) =>
      remapCall(start + from, end - start, start + to, flags),
    );
    const results = run(tid, calls);
    for (const [i, result] of results.entries()) {
      if (result >= 0) continue;
      const range = ranges[i]!;
      if (result !== -EFAULT || range.end - range.start <= PAGE_SIZE) {
        throw new TraceeCallFailed("mremap", -result);
      }
      const pages = (range.end - range.start) / PAGE_SIZE;
      const middle = range.start + Math.floor(pages / 2) * PAGE_SIZE;
      const halves = [
        { start: range.start, end: middle },
        { start: middle, end: range.end },
      ] as AddressRange[];
      this.#remap(tid, run, halves, from, to, flags);
    }
  }

  #protect(
    tid: Tid,
    run: RunCalls,
    ranges: readonly ProtectedRange[],
    protection: (range: ProtectedRange) => number,
    distance: number,
  ): void {
    const calls = ranges.map((range) => ({
      number: SYS_MPROTECT,
      args: [range.start + distance, range.end - range.start, protection(range)],
    }));
    const refused = run(tid, calls).find((result) => result < 0);
    if (refused !== undefined) throw new TraceeCallFailed("mprotect", -refused);
  }
}

/** `ranges` are in order: one question answers for all that lie before the next mapping. */
function isRoom(
  mappings: Pick<ProcessMappings, "atOrAfter">,
  ranges: readonly AddressRange[],
  distance: number,
): boolean {
  let next: number | null = null;
  for (const { start, end } of ranges) {
    const [from, to] = [start + distance, end + distance];
    if (from < LOWEST || to > USER_SPACE_END) return false;
    next ??= mappings.atOrAfter(from)?.start ?? USER_SPACE_END;
    if (next < to) return false;
  }
  return true;
}

function remapCall(from: number, length: number, to: number, flags: number): RemoteCall {
  return { number: SYS_MREMAP, args: [from, length, length, flags, to] };
}

const sorted = (ranges: readonly ProtectedRange[]) => ranges.toSorted((a, b) => a.start - b.start);
