import type { Guard } from "../guard/guard.js";
import type { GuardedMemory } from "../guard/guarded-memory.js";
import type { ProtectedRange } from "../guard/protected-range.js";
import type { Views } from "../guard/views.js";
import { PAGE_SIZE, pageOf, type TraceeAddress } from "../model/index.js";
import { type Mapping, PROT_READ, PROT_WRITE } from "../native/memory/maps.js";
import { accessibleLength } from "./accessible.js";
import type { Area, PrivateFlag, Use } from "./area.js";

/** Larger ones are not copied: their pages are opened. In bytes. */
const MAX_COPY = 2 ** 28;

/** From this size on a copy lies in its page as the original does: O_DIRECT and pipes look at that. */
const PAGE_ALIGNED_FROM = 512;
const ALIGNMENT = 64;

/** FUTEX_PRIVATE_FLAG, and FUTEX2_PRIVATE: linux/futex.h */
export const FUTEX_PRIVATE = 128;

/** Where the kernel is to find an area. */
export interface Placed {
  readonly area: Area;
  /** The copy's offset in scratch memory; null where no copy is needed. */
  readonly copy: number | null;
  /** Without a copy: the address to give. */
  readonly address: number;
  readonly parts: readonly Placed[];
}

/** How a call's memory is brought to the kernel. */
export interface Placement {
  readonly placed: readonly Placed[];
  /** In bytes. */
  readonly scratchSize: number;
  /** To open for the call: there is no other way for the kernel to reach it. */
  readonly open: readonly ProtectedRange[];
  /** The kernel needs what is opened only until the call sleeps. */
  readonly closeWhenAsleep: boolean;
  /** Some of it is used where it lies in the other view of a plain client's pages. */
  readonly usesOtherView: boolean;
  /** Arguments with a flag that makes a futex private: it has another address now. */
  readonly sharedFlags: readonly number[];
}

/**
 * Where each of `areas` goes. What lies in a heap of our own is reached through its backdoor. A plain
 * client's pages have none: what lies there is copied, and so is what holds pointers to anything
 * that is elsewhere now. What has to be used itself is reached where it has been moved: see
 * {@link rangesToMove}. `mappings` is asked for only where an area is partly a plain client's.
 */
export function placeAreas(
  areas: readonly Area[],
  { guard, views }: Pick<GuardedMemory, "guard" | "views">,
  mappings: () => readonly Mapping[],
): Placement {
  const copiesAllFilled = haveOverlaps(areas);
  let placer = new Placer(guard, views, mappings, copiesAllFilled);
  let placed = areas.map((area) => placer.place(area));
  if (placer.usesOtherView && placer.open.length > 0) {
    // What is opened comes back to its place for that.
    placer = new Placer(guard, NO_VIEW, mappings, copiesAllFilled);
    placed = areas.map((area) => placer.place(area));
  }
  return {
    placed,
    scratchSize: placer.scratchSize,
    open: placer.open,
    closeWhenAsleep: placer.closeWhenAsleep,
    usesOtherView: placer.usesOtherView,
    sharedFlags: placer.sharedFlags,
  };
}

/** Guarded pages of a plain client that `areas` use themselves, all of each area: no copy will do. */
export function rangesToMove(areas: readonly Area[], guard: Guard): ProtectedRange[] {
  return areas.flatMap(withParts).flatMap((area) => {
    const { use, address, size } = area;
    if (!usesItself(use) || size === 0 || guard.heapAt(address)) return [];
    const parts = guard.clip(address, address + size);
    const isWhole = parts.length === 1 && parts[0]![1] - parts[0]![0] === size;
    return isWhole ? guard.rangesToOpen(address as TraceeAddress, end(area)) : [];
  });
}

/** The kernel uses the memory itself, not a copy of it. */
const usesItself = (use: Use) => use === "futex" || use === "pages" || use === "kept";

const end = ({ address, size }: Area) => (address + size) as TraceeAddress;

const NO_VIEW = { distance: null, holds: () => false };

class Placer {
  scratchSize = 0;
  usesOtherView = false;
  open: readonly ProtectedRange[] = [];
  closeWhenAsleep = true;
  readonly sharedFlags: number[] = [];

  constructor(
    readonly guard: Guard,
    readonly views: Pick<Views, "distance" | "holds">,
    readonly mappings: () => readonly Mapping[],
    /** What is filled overlaps: all of it is copied, so that what came last stays last. */
    readonly copiesAllFilled: boolean,
  ) {}

  place(area: Area): Placed {
    const parts = area.parts.map((part) => this.place(part));
    const heap = this.guard.heapAt(area.address);
    if (!heap && this.#isInOtherView(area)) {
      this.usesOtherView = true;
      return { area, copy: null, address: area.address + this.views.distance!, parts };
    }
    const address = heap ? area.address + heap.backdoor - heap.guarded : area.address;
    if (heap && area.privateFlag) this.#share(area.privateFlag);
    const isForeign = !heap && area.size > 0 && this.#mayBeForeign(area);
    const holdsCopies = area.use !== "kept" && parts.some(isElsewhere);
    const isCopied = holdsCopies || (isForeign && this.#canBeCopied(area));
    if (isForeign && !isCopied) this.#open(area);
    return { area, copy: isCopied ? this.#reserve(area) : null, address, parts };
  }

  #isInOtherView(area: Area): boolean {
    const { use, address, size } = area;
    return usesItself(use) && size > 0 && this.views.holds(address, end(area));
  }

  #mayBeForeign({ address, size, writable }: Area): boolean {
    return (this.copiesAllFilled && writable) || this.guard.touches(address, address + size);
  }

  #share(flag: PrivateFlag): void {
    if ("register" in flag) this.sharedFlags.push(flag.register);
  }

  /** All of it can be accessed, once the guard is taken away. Else the kernel is to see what cannot. */
  #canBeCopied({ address, size, use, writable }: Area): boolean {
    if (use !== "data" || size > MAX_COPY) return false;
    const needed = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    return accessibleLength(this.guard, this.mappings, address, size, needed) === size;
  }

  #open({ use, address, size }: Area): void {
    if (use === "futex") {
      const range = { start: pageOf(address), end: pageOf(address + size + PAGE_SIZE - 1) };
      this.open = [...this.open, ...this.guard.rangesToOpen(range.start, range.end)];
      return;
    }
    this.open = this.guard.foreignRanges();
    this.closeWhenAsleep = false;
  }

  #reserve({ address, size }: Area): number {
    const modulus = size >= PAGE_ALIGNED_FROM ? PAGE_SIZE : ALIGNMENT;
    const ahead = (address - this.scratchSize) % modulus;
    const offset = this.scratchSize + (ahead < 0 ? ahead + modulus : ahead);
    this.scratchSize = offset + size;
    return offset;
  }
}

/** Some bytes are in two areas that the kernel may fill. */
function haveOverlaps(areas: readonly Area[]): boolean {
  const filled = areas
    .flatMap(withParts)
    .filter(({ writable, readable }) => writable && !readable)
    .sort((a, b) => a.address - b.address);
  return filled.some(({ address }, i) => {
    const before = filled[i - 1];
    return before !== undefined && before.address + before.size > address;
  });
}

function withParts(area: Area): Area[] {
  return [area, ...area.parts.flatMap(withParts)];
}

/** The kernel finds it at another address than the program knows. */
export function isElsewhere({ area, copy, address }: Placed): boolean {
  return copy !== null || address !== area.address;
}
