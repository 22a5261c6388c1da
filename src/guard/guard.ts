import { type AddressRange, PAGE_SIZE, pageOf, type TraceeAddress } from "../model/index.js";
import { clip, joined } from "../model/ranges.js";
import { VIEW_DISTANCE } from "../native/memory/heap-mapping.js";
import { PROT_NONE, PROT_READ, PROT_WRITE } from "../native/memory/maps.js";
import { HeapProtection } from "./heap-protection.js";
import { type PageRun, PageRuns } from "./page-runs.js";
import type { ProtectedRange } from "./protected-range.js";

/** A heap of our own clients: guarded for good, and mapped a second time. */
export interface GuardedHeap {
  readonly guarded: TraceeAddress;
  readonly backdoor: TraceeAddress;
  /** In bytes. */
  readonly size: number;
}

/** A page of a plain client's heap, for the length of a call. */
interface ForeignPage {
  /** What the page allows when it is served (PROT_* bits). */
  readonly protection: number;
  /** It was accessible at StartFfi: the guard is ours to take away. */
  readonly guardedByUs: boolean;
  /** Whether the client itself made it inaccessible since SIGSTOP. */
  readonly closedByClient: boolean;
  /** The client made it accessible again: its accesses are its own. */
  readonly open: boolean;
}

/** Which memory is guarded, and what it allows by itself. Decides; touches no tracee. */
export class Guard {
  readonly heaps: GuardedHeap[] = [];
  readonly heapProtection = new HeapProtection();
  #pages = new PageRuns<ForeignPage>();
  /** How often pages were made accessible again. */
  openings = 0;
  /** How often what is guarded has changed. */
  version = 0;
  /** Heaps so far. */
  heapsAdded = 0;
  /** The ranges of the last call: most calls hand over the same again. */
  #last = takenIn([]);
  /** What was guarded in this call until the program unmapped it or put another mapping there. */
  #replaced: AddressRange[] = [];
  /** Those of the last call that had some. */
  #pagesBefore = new PageRuns<ForeignPage>();

  addHeap(heap: GuardedHeap): void {
    this.version++;
    this.heapsAdded++;
    this.heaps.push(heap);
  }

  /** Takes a plain client's pages into guard; returns what to mprotect to PROT_NONE. */
  arm(ranges: readonly ProtectedRange[]): readonly ProtectedRange[] {
    if (ranges !== this.#last.ranges) this.#last = takenIn(ranges);
    this.version++;
    this.#pages = new PageRuns(this.#last.runs);
    this.#replaced = [];
    return this.#last.open;
  }

  /** Ends a call; returns what is still guarded by us, with the protection to put back. */
  disarm(): ProtectedRange[] {
    const still = this.rangesGuardedByUs();
    this.openings++;
    this.version++;
    if (this.hasPages) this.#pagesBefore = this.#pages;
    this.#pages = new PageRuns();
    return still;
  }

  /** The heap that `address` lies in. */
  heapAt(address: number): GuardedHeap | undefined {
    return this.heaps.find(({ guarded, size }) => address >= guarded && address < guarded + size);
  }

  /** True if an access to `address` faults because of the guard. */
  covers(address: number): boolean {
    if (this.heapAt(address)) return true;
    const page = this.#pages.at(address);
    return page !== undefined && !page.open;
  }

  /**
   * True if `address` was guarded and is not any more: an access that has faulted there may succeed
   * now.
   */
  hasOpened(address: number): boolean {
    if (this.#replaced.some(({ start, end }) => address >= start && address < end)) return true;
    return this.#pages.at(address)?.open ?? this.#pagesBefore.at(address) !== undefined;
  }

  /**
   * The heap that `address` lies in, or the guarded pages from its run of them on, up to the first gap.
   * Null where it is not guarded.
   */
  stretchAt(address: number): AddressRange | null {
    const heap = this.heapAt(address);
    if (heap) return rangeOf(heap);
    const stretch: { start?: TraceeAddress; end?: TraceeAddress } = {};
    for (const { start, end } of this.#guardedPages(address, Number.POSITIVE_INFINITY)) {
      if (stretch.end === undefined ? start > address : start !== stretch.end) break;
      stretch.start ??= start;
      stretch.end = end;
    }
    return stretch.end === undefined ? null : (stretch as AddressRange);
  }

  /** Some byte of `[start, end)` is guarded. */
  touches(start: number, end: number): boolean {
    if (start >= end) return false;
    for (const { guarded, size } of this.heaps) {
      if (start < guarded + size && end > guarded) return true;
    }
    return this.#pages.length > 0 && this.#pages.some(start, end, isGuarded);
  }

  /** The guarded parts of `[start, end)`, in order. */
  clip(start: number, end: number): readonly (readonly [start: number, end: number])[] {
    const all: AddressRange[] = this.heaps.map(rangeOf);
    all.push(...this.#guardedPages(start, end));
    return joined(clip(all, start, end)).map((part) => [part.start, part.end]);
  }

  /** What a plain client's page that `address` lies in allows when it is served; null for any other. */
  foreignProtection(address: number): number | null {
    const page = this.#pages.at(address);
    return page === undefined || page.open ? null : page.protection;
  }

  /** What to mprotect so that `[start, end)` can be accessed as if it were not guarded. */
  rangesToOpen(start: TraceeAddress, end: TraceeAddress): ProtectedRange[] {
    const heaps = this.heaps
      .map(rangeOf)
      .filter((heap) => start < heap.end && end > heap.start)
      .flatMap((heap) => this.heapProtection.of(heap));
    if (this.#pages.length === 0) return heaps;
    const first = pageOf(start);
    const pages = [...this.#guardedPages(first, end)].map((run) => ({
      start: Math.max(run.start, first) as TraceeAddress,
      end: Math.min(run.end, pageOf(end + PAGE_SIZE - 1)) as TraceeAddress,
      protection: run.state.protection,
    }));
    return heaps.concat(joined(pages, isAlike));
  }

  /** Everything that is guarded now, with what it allows when it is served. */
  allRanges(): ProtectedRange[] {
    const heaps = this.heaps.map((heap) => ({
      ...rangeOf(heap),
      protection: PROT_READ | PROT_WRITE,
    }));
    return heaps.concat(this.foreignRanges());
  }

  /** The plain client's pages that are guarded now. */
  foreignRanges(): ProtectedRange[] {
    return this.#foreign((page) => !page.open);
  }

  /** The plain client's pages that would be accessible without us. */
  rangesGuardedByUs(): ProtectedRange[] {
    return this.#foreign((page) => page.guardedByUs && !page.closedByClient && !page.open);
  }

  /** Pages of a plain client are guarded, or were in a call before. */
  get hadPages(): boolean {
    return this.hasPages || this.#pagesBefore.length > 0;
  }

  /** The plain client's pages of this call and of the one before, with what they allow when served. */
  knownRanges(): (ProtectedRange & { readonly isGuarded: boolean })[] {
    const known = (pages: PageRuns<ForeignPage>, isNow: boolean) =>
      [...pages].map(({ start, end, state: { protection, open } }) => ({
        start,
        end,
        protection,
        isGuarded: isNow && !open,
      }));
    return [...known(this.#pages, true), ...known(this.#pagesBefore, false)];
  }

  /** The plain client's pages that were accessible at StartFfi, and are guarded now. */
  movableRanges(): ProtectedRange[] {
    return this.#foreign((page) => page.guardedByUs && !page.open);
  }

  #foreign(which: (page: ForeignPage) => boolean): ProtectedRange[] {
    const found = [...this.#pages].filter(({ state }) => which(state));
    return joined(
      found.map(({ start, end, state }) => ({ start, end, protection: state.protection })),
      isAlike,
    );
  }

  /** The client called mprotect(2) with success. */
  clientProtected(start: TraceeAddress, end: TraceeAddress, protection: number): void {
    if (protection !== PROT_NONE) this.openings++;
    this.version++;
    const closedByClient = protection === PROT_NONE;
    this.#pages.update(start, end, (page) => ({ ...page, closedByClient, open: !closedByClient }));
  }

  /**
   * The client has unmapped `[start, end)`, whole pages, or put another mapping there: nothing
   * there is guarded any more. Returns where the backdoors of our own heaps show the same memory.
   */
  clientReplaced(start: number, end: number): AddressRange[] {
    this.version++;
    const parts = this.clip(start, end);
    if (parts.length > 0) this.openings++;
    for (const [from, to] of parts) this.#replaced.push({ start: from, end: to } as AddressRange);
    this.#pages.update(start, end, () => null);
    return this.#cutHeaps(start, end);
  }

  /**
   * Takes `[start, end)` out of the heaps. What is left on either side becomes a heap of its own.
   */
  #cutHeaps(start: number, end: number): AddressRange[] {
    const views: AddressRange[] = [];
    const left = this.heaps.flatMap((heap) => {
      const from = Math.max(start, heap.guarded);
      const to = Math.min(end, heap.guarded + heap.size);
      if (from >= to) return [heap];
      const distance = heap.backdoor - heap.guarded;
      views.push({ start: from + distance, end: to + distance } as AddressRange);
      return [partOf(heap, heap.guarded, from), partOf(heap, to, heap.guarded + heap.size)];
    });
    this.heaps.splice(0, this.heaps.length, ...left.filter(({ size }) => size > 0));
    return views;
  }

  /** The client made pages inaccessible since SIGSTOP and has not made them accessible again. */
  get closedByClient(): boolean {
    for (const { state } of this.#pages) if (state.closedByClient) return true;
    return false;
  }

  /** A plain client's pages are guarded. */
  get hasPages(): boolean {
    return this.#pages.length > 0;
  }

  /**
   * The distance from a heap of our own to its backdoor, in bytes, if it is the same for all heaps
   * and so large that no other address leads to a backdoor; else null.
   */
  get heapDistance(): number | null {
    const isFar = ({ guarded, backdoor }: GuardedHeap) => backdoor - guarded === VIEW_DISTANCE;
    return this.heaps.length > 0 && this.heaps.every(isFar) ? VIEW_DISTANCE : null;
  }

  /** Nothing is guarded. */
  get isEmpty(): boolean {
    return this.heaps.length === 0 && this.#pages.length === 0;
  }

  *#guardedPages(start: number, end: number): Generator<PageRun<ForeignPage>> {
    for (const run of this.#pages.overlapping(start, end)) if (!run.state.open) yield run;
  }
}

/**
 * The pages of a call, as runs with their state, and the ranges among them that are accessible so
 * far.
 */
function takenIn(ranges: readonly ProtectedRange[]) {
  const runs = ranges.map(({ start, end, protection }): PageRun<ForeignPage> => {
    // The client has closed them itself: when they are served they are ordinary memory.
    const allowed = protection === PROT_NONE ? PROT_READ | PROT_WRITE : protection;
    const guardedByUs = protection !== PROT_NONE;
    return {
      start,
      end,
      state: { protection: allowed, guardedByUs, closedByClient: false, open: false },
    };
  });
  return { ranges, runs, open: ranges.filter(({ protection }) => protection !== PROT_NONE) };
}

const isGuarded = ({ open }: ForeignPage) => !open;

function partOf({ guarded, backdoor }: GuardedHeap, start: number, end: number): GuardedHeap {
  const view = backdoor - guarded + start;
  return {
    guarded: start as TraceeAddress,
    backdoor: view as TraceeAddress,
    size: end - start,
  };
}

function rangeOf({ guarded, size }: GuardedHeap): AddressRange {
  return { start: guarded, end: (guarded + size) as TraceeAddress };
}

const isAlike = (a: ProtectedRange, b: ProtectedRange) => a.protection === b.protection;
