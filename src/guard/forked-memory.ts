import { readSync } from "node:fs";
import type { Pid, TraceeAddress } from "../model/index.js";
import { dataExtents } from "../native/files.js";
import { PROT_READ, PROT_WRITE } from "../native/memory/maps.js";
import { MAP_ANONYMOUS, MAP_FIXED, MAP_NORESERVE, MAP_PRIVATE } from "../native/memory/mmap.js";
import type { StopQueue } from "../native/ptrace/stops.js";
import { RemoteCode } from "../native/remote/remote-code.js";
import { SYS_MMAP } from "../native/syscall-numbers.js";
import type { Guard, GuardedHeap } from "./guard.js";
import { Protector } from "./protector.js";
import type { Views } from "./views.js";

/** Copied at a time, in bytes. */
const CHUNK = 1 << 20;

/** A guarded heap, with the descriptor of the memory behind it. */
export interface BackedHeap extends GuardedHeap {
  readonly fd: number;
}

/**
 * Makes a forked child, stopped before its first instruction, independent of the guard: it gets what
 * it would have untraced. Its heap is a private copy, for the memory behind the guarded view is
 * shared and its writes would show in its parent's; a plain client's pages are opened.
 * The parent is stopped meanwhile, so the copy is of one moment.
 */
export function releaseForkedChild(
  child: Pid,
  stops: StopQueue,
  guard: Guard,
  heaps: readonly BackedHeap[],
  views: Views,
): void {
  const open = guard.rangesGuardedByUs();
  if (heaps.length === 0 && open.length === 0 && views.isEmpty) return;
  const code = new RemoteCode(child, stops);
  const tid = child as number as Parameters<RemoteCode["borrow"]>[0];
  try {
    code.borrow(tid, () => {
      const own = views.copyFor(code);
      new Protector(code, guard, own).open(tid, open);
      own.giveBack(tid); // what the client itself has closed
      for (const heap of heaps) copyHeap(code, tid, heap);
    });
  } finally {
    code.close();
  }
}

function copyHeap(code: RemoteCode, tid: Parameters<RemoteCode["borrow"]>[0], heap: BackedHeap) {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  const protection = PROT_READ | PROT_WRITE;
  code.syscall(tid, "mmap", SYS_MMAP, heap.guarded, heap.size, protection, flags, -1, 0);
  const chunk = Buffer.alloc(CHUNK);
  for (const [start, end] of dataExtents(heap.fd)) {
    for (let offset = start; offset < end; offset += CHUNK) {
      const length = readSync(heap.fd, chunk, 0, Math.min(CHUNK, end - offset), offset);
      code.memory.write((heap.guarded + offset) as TraceeAddress, chunk.subarray(0, length));
    }
  }
}
