import { readSync } from "node:fs";
import type { AddressRange, Pid, Tid, TraceeAddress } from "../model/index.js";
import { dataExtents } from "../native/files.js";
import { SystemError } from "../native/libc.js";
import type { QueriedMapping } from "../native/memory/map-query.js";
import { PROT_NONE, PROT_READ, PROT_WRITE } from "../native/memory/maps.js";
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
} from "../native/memory/mmap.js";
import type { StopQueue } from "../native/ptrace/stops.js";
import { sendAgain } from "../native/raise.js";
import type { ProcessMappings } from "../native/remote/process-mappings.js";
import { RemoteCode } from "../native/remote/remote-code.js";
import type { RemoteCall } from "../native/remote/syscall-table.js";
import { SYS_MMAP, SYS_MPROTECT, SYS_MREMAP } from "../native/syscall-numbers.js";
import type { Guard, GuardedHeap } from "./guard.js";
import type { Views } from "./views.js";

/** Copied at a time, in bytes. */
const CHUNK = 1 << 20;

/** A guarded heap, with the descriptor of the memory behind it. */
export interface BackedHeap extends GuardedHeap {
  readonly fd: number;
}

/** What a process has guarded that has forked. */
export interface ForkingMemory {
  readonly guard: Guard;
  readonly views: Views;
  readonly heaps: readonly BackedHeap[];
  /** Its mappings as they are now, made anew by whoever asks. */
  readonly mappings: ProcessMappings;
}

/**
 * Makes a forked child, stopped before its first instruction, independent of the guard: it gets what
 * it would have untraced. Its heap is a private copy, for the memory behind the guarded view is shared
 * and its writes would show in its parent's; a plain client's pages are opened, also those that the
 * client has closed itself for the call, as Miri does.
 *
 * The child is as its parent was when the kernel made it. Since then a call may have begun or ended: so
 * what is to be done is read from the child's own mappings, and the parent's only tell what we would not
 * have closed.
 */
export function releaseForkedChild(child: Pid, stops: StopQueue, parent: ForkingMemory): void {
  if (parent.heaps.length === 0 && !parent.guard.hadPages) return;
  const code = new RemoteCode(child, stops);
  const tid = child as number as Tid;
  try {
    code.borrow(tid, () => {
      moveBack(code, tid, parent);
      openPages(code, tid, parent);
      for (const heap of parent.heaps) copyHeap(code, tid, heap);
      protectHeaps(code, tid, parent.guard);
    });
    for (const info of code.takeHeld()) sendAgain(child, tid, info);
  } finally {
    code.close();
  }
}

/** Moves what lies at its other view to where the program knows it, mapping by mapping. */
function moveBack(code: RemoteCode, tid: Tid, { views, mappings }: ForkingMemory): void {
  for (const { distance, ranges } of views.places()) {
    const parts = partsOf(code, tid, moved(ranges, distance)).filter(
      ({ start, end }) =>
        views.clip(start - distance, end - distance).length > 0 ||
        mappings.within(start, end).length === 0, // else it is the program's own
    );
    const flags = MREMAP_MAYMOVE | MREMAP_FIXED;
    run(
      code,
      tid,
      "mremap",
      parts.map(({ start, end }) => ({
        number: SYS_MREMAP,
        args: [start, end - start, end - start, flags, start - distance],
      })),
    );
  }
}

/**
 * Opens a plain client's pages that are inaccessible in the child. What nobody guards any more, and is
 * closed in the parent too, has been closed by the program for good.
 */
function openPages(code: RemoteCode, tid: Tid, { guard, mappings }: ForkingMemory): void {
  const closed = guard.knownRanges().flatMap(({ isGuarded, protection, ...range }) => {
    const open = mappings.within(range.start, range.end).filter(isAccessible);
    const ours = isGuarded ? [range] : open.map((mapping) => clipped(mapping, range));
    return partsOf(code, tid, ours)
      .filter((part) => !isAccessible(part))
      .map(({ start, end }) => ({ number: SYS_MPROTECT, args: [start, end - start, protection] }));
  });
  run(code, tid, "mprotect", closed);
}

const isAccessible = ({ protection }: QueriedMapping) => protection !== PROT_NONE;

/** The child's mappings in `ranges`, clipped to them. */
function partsOf(code: RemoteCode, tid: Tid, ranges: readonly AddressRange[]): QueriedMapping[] {
  code.mappings.renew(tid);
  return ranges.flatMap((range) =>
    code.mappings.within(range.start, range.end).map((mapping) => clipped(mapping, range)),
  );
}

function clipped(mapping: QueriedMapping, { start, end }: AddressRange): QueriedMapping {
  return {
    ...mapping,
    start: Math.max(mapping.start, start) as TraceeAddress,
    end: Math.min(mapping.end, end) as TraceeAddress,
  };
}

function moved(ranges: readonly AddressRange[], distance: number): AddressRange[] {
  return ranges.map(({ start, end }) => ({
    start: (start + distance) as TraceeAddress,
    end: (end + distance) as TraceeAddress,
  }));
}

function run(code: RemoteCode, tid: Tid, name: string, calls: readonly RemoteCall[]): void {
  const refused = code.syscalls(tid, calls).find((result) => result < 0);
  if (refused !== undefined) throw new SystemError(`${name} in a forked child`, -refused);
}

/** As the program has protected them. */
function protectHeaps(code: RemoteCode, tid: Tid, { heaps, heapProtection }: Guard): void {
  const whole = PROT_READ | PROT_WRITE;
  const parts = heaps.flatMap(({ guarded, size }) =>
    heapProtection.of({ start: guarded, end: (guarded + size) as TraceeAddress }),
  );
  const calls = parts
    .filter(({ protection }) => protection !== whole)
    .map(({ start, end, protection }) => ({
      number: SYS_MPROTECT,
      args: [start, end - start, protection],
    }));
  run(code, tid, "mprotect", calls);
}

/** What is still guarded of the heap: the program may have unmapped parts, or have something else there. */
function copyHeap(code: RemoteCode, tid: Tid, heap: BackedHeap): void {
  const whole = { start: heap.guarded, end: (heap.guarded + heap.size) as TraceeAddress };
  const guarded = partsOf(code, tid, [whole]).filter((part) => part.shared && !isAccessible(part));
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  const args = [PROT_READ | PROT_WRITE, flags, -1, 0];
  const calls = guarded.map(({ start, end }) => ({
    number: SYS_MMAP,
    args: [start, end - start, ...args],
  }));
  run(code, tid, "mmap", calls);
  const chunk = Buffer.alloc(CHUNK);
  for (const [from, to] of dataExtents(heap.fd)) {
    for (const part of guarded) {
      const end = Math.min(to, part.end - heap.guarded);
      for (let at = Math.max(from, part.start - heap.guarded); at < end; at += CHUNK) {
        const length = readSync(heap.fd, chunk, 0, Math.min(CHUNK, end - at), at);
        code.memory.write((heap.guarded + at) as TraceeAddress, chunk.subarray(0, length));
      }
    }
  }
}
