import { type AddressRange, PAGE_SIZE, pageOf, type TraceeAddress } from "../model/index.js";
import { PROT_NONE, PROT_READ, PROT_WRITE, VIEW_DISTANCE } from "../native/index.js";
import { Spans } from "./spans.js";

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
  closedByClient: boolean;
  /** The client made it accessible again: its accesses are its own. */
  open: boolean;
}

/** A run of pages with one protection, as mprotect(2) takes it. */
export interface ProtectedRange extends AddressRange {
  readonly protection: number;
}

/** Which memory is guarded, and what it allows by itself. Decides; touches no tracee. */
export class Guard {
  readonly heaps: GuardedHeap[] = [];
  #pages = new Map<TraceeAddress, ForeignPage>();
  /** How often pages were made accessible again. */
  openings = 0;
  /** Those of the last call. */
  #pagesBefore: ReadonlyMap<TraceeAddress, ForeignPage> = new Map();
  /** What is guarded now, in order; null when that is to be worked out. */
  #spans: Spans | null = null;

  addHeap(heap: GuardedHeap): void {
    this.heaps.push(heap);
    this.#spans = null;
  }

  /** Nothing is guarded any more: the address space is another one. */
  clear(): void {
    this.heaps.length = 0;
    this.#forgetPages();
    this.#pagesBefore = this.#pages;
  }

  /** Takes a plain client's pages into guard; returns what to mprotect to PROT_NONE. */
  arm(ranges: readonly ProtectedRange[]): AddressRange[] {
    this.#forgetPages();
    for (const { start, end, protection } of ranges) {
      for (const page of pages(start, end)) {
        // Pages that were inaccessible already are served as what they are: memory.
        const allowed = protection === PROT_NONE ? PROT_READ | PROT_WRITE : protection;
        const guardedByUs = protection !== PROT_NONE;
        const state = { guardedByUs, closedByClient: false, open: false };
        this.#pages.set(page, { protection: allowed, ...state });
      }
    }
    return ranges.filter((range) => range.protection !== PROT_NONE);
  }

  /** Ends a call; returns what is still guarded by us, with the protection to put back. */
  disarm(): ProtectedRange[] {
    const still = this.rangesGuardedByUs();
    this.openings++;
    this.#pagesBefore = this.#pages;
    this.#forgetPages();
    return still;
  }

  /** The heap that `address` lies in. */
  heapAt(address: number): GuardedHeap | undefined {
    return this.heaps.find(({ guarded, size }) => address >= guarded && address < guarded + size);
  }

  /** An access to `address` faults because of the guard. */
  covers(address: number): boolean {
    if (this.heapAt(address)) return true;
    const page = this.#pages.get(pageOf(address));
    return page !== undefined && !page.open;
  }

  /** `address` was guarded, and has been made accessible since. */
  hasOpened(address: number): boolean {
    const page = pageOf(address);
    return this.#pages.get(page)?.open ?? this.#pagesBefore.has(page);
  }

  /** Some byte of `[start, end)` is guarded. */
  touches(start: number, end: number): boolean {
    return this.#guarded.touches(start, end);
  }

  /** The guarded parts of `[start, end)`, in order. */
  clip(start: number, end: number): readonly (readonly [start: number, end: number])[] {
    return this.#guarded.clip(start, end);
  }

  /** What a plain client's page that `address` lies in allows when it is served; null for any other. */
  foreignProtection(address: number): number | null {
    const page = this.#pages.get(pageOf(address));
    return page === undefined || page.open ? null : page.protection;
  }

  /** What to mprotect so that `[start, end)` can be accessed as if it were not guarded. */
  rangesToOpen(start: TraceeAddress, end: TraceeAddress): ProtectedRange[] {
    const found: ProtectedRange[] = [];
    for (const heap of this.heaps) {
      const heapEnd = (heap.guarded + heap.size) as TraceeAddress;
      if (start < heapEnd && end > heap.guarded) {
        found.push({ start: heap.guarded, end: heapEnd, protection: PROT_READ | PROT_WRITE });
      }
    }
    if (this.#pages.size === 0) return found;
    return found.concat(this.#split({ start: pageOf(start), end }));
  }

  /** Everything that is guarded now, with what it allows when it is served. */
  allRanges(): ProtectedRange[] {
    const heaps = this.heaps.map(({ guarded, size }) => ({
      start: guarded,
      end: (guarded + size) as TraceeAddress,
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

  #foreign(which: (page: ForeignPage) => boolean): ProtectedRange[] {
    const found = [...this.#pages].filter(([, page]) => which(page)).sort(([a], [b]) => a - b);
    return merge(found.map(([start, page]) => onePage(start, page.protection)));
  }

  /** The client called mprotect(2) with success. */
  clientProtected(start: TraceeAddress, end: TraceeAddress, protection: number): void {
    this.#spans = null;
    if (protection !== PROT_NONE) this.openings++;
    for (const page of this.#known(start, end)) {
      page.closedByClient = protection === PROT_NONE;
      page.open = protection !== PROT_NONE;
    }
  }

  /** The client unmapped `[start, end)` or put another mapping there. */
  clientUnmapped(start: TraceeAddress, end: TraceeAddress): void {
    this.#spans = null;
    for (const page of pages(pageOf(start), end)) this.#pages.delete(page);
  }

  /** The client made pages inaccessible since SIGSTOP and has not made them accessible again. */
  get closedByClient(): boolean {
    for (const page of this.#pages.values()) if (page.closedByClient) return true;
    return false;
  }

  /**
   * From guarded memory to its other view, in bytes, where that is the same for all of it and so far
   * that no other address leads to a view; else null.
   */
  get viewDistance(): number | null {
    const [heap, ...others] = this.heaps;
    if (!heap || others.length > 0 || this.#pages.size > 0) return null;
    return heap.backdoor - heap.guarded === VIEW_DISTANCE ? VIEW_DISTANCE : null;
  }

  /** Nothing is guarded. */
  get isEmpty(): boolean {
    return this.heaps.length === 0 && this.#pages.size === 0;
  }

  get #guarded(): Spans {
    this.#spans ??= new Spans(this.allRanges());
    return this.#spans;
  }

  #forgetPages(): void {
    this.#pages = new Map();
    this.#spans = null;
  }

  /** The guarded parts of `range`. */
  #split(range: AddressRange): ProtectedRange[] {
    const parts: ProtectedRange[] = [];
    for (const start of pages(range.start, range.end)) {
      const page = this.#pages.get(start);
      if (page !== undefined && !page.open) parts.push(onePage(start, page.protection));
    }
    return merge(parts);
  }

  *#known(start: TraceeAddress, end: TraceeAddress): Generator<ForeignPage> {
    for (const address of pages(pageOf(start), end)) {
      const page = this.#pages.get(address);
      if (page !== undefined) yield page;
    }
  }
}

function onePage(start: TraceeAddress, protection: number): ProtectedRange {
  return { start, end: (start + PAGE_SIZE) as TraceeAddress, protection };
}

function* pages(start: TraceeAddress, end: TraceeAddress): Generator<TraceeAddress> {
  for (let page = start; page < end; page = (page + PAGE_SIZE) as TraceeAddress) yield page;
}

/** Joins neighbours of one protection; `ranges` are in order. */
function merge(ranges: readonly ProtectedRange[]): ProtectedRange[] {
  const merged: ProtectedRange[] = [];
  for (const range of ranges) {
    const last = merged.at(-1);
    if (last && last.end === range.start && last.protection === range.protection) {
      merged[merged.length - 1] = { ...last, end: range.end };
    } else merged.push(range);
  }
  return merged;
}
