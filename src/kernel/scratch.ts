import { PAGE_SIZE, type Tid, type TraceeAddress } from "../model/index.js";
import { PROT_READ, PROT_WRITE } from "../native/memory/maps.js";
import { mapApart, type RunRemoteCalls, unmapApart } from "../native/remote/map-apart.js";
import type { RemoteCode } from "../native/remote/remote-code.js";
import { TraceeCallFailed } from "../native/remote/tracee-call-failed.js";

/** The smallest region, in bytes: structures and short buffers fit. */
const MIN_SIZE = 16 * PAGE_SIZE;

/** The largest region that is kept for later calls, in bytes. */
const MAX_KEPT = 2 ** 24;

interface Region {
  readonly start: TraceeAddress;
  /** In bytes. */
  readonly size: number;
}

/** Memory in the tracee, a region for each thread, in which its syscalls find copies. */
export class Scratch {
  readonly #regions = new Map<Tid, Region>();
  /** Of threads that have ended. */
  readonly #free: Region[] = [];

  constructor(readonly code: RemoteCode) {}

  /** The thread's region, if it has `size` bytes. */
  of(tid: Tid, size: number): TraceeAddress | null {
    const region = this.#regions.get(tid);
    if (!region || region.size < size) return null;
    return region.size > MAX_KEPT && size <= MAX_KEPT ? null : region.start;
  }

  /** Gives a borrowed thread a region of at least `size` bytes. */
  ensure(tid: Tid, size: number): TraceeAddress {
    const there = this.of(tid, size);
    if (there !== null) return there;
    const old = this.#regions.get(tid);
    const index = this.#free.findIndex((region) => region.size >= size);
    const region = index >= 0 ? this.#free.splice(index, 1)[0]! : this.#map(tid, size);
    this.#regions.set(tid, region);
    if (old) unmapApart(this.#calls(tid), old.start, old.size);
    return region.start;
  }

  /** The thread has ended. */
  forget(tid: Tid): void {
    const region = this.#regions.get(tid);
    if (!region) return;
    this.#regions.delete(tid);
    this.#free.push(region);
  }

  #calls(tid: Tid): RunRemoteCalls {
    return (calls) => calls.map(({ number, args }) => this.code.quietSyscall(tid, number, ...args));
  }

  #map(tid: Tid, needed: number): Region {
    const size = Math.max(MIN_SIZE, Math.ceil(needed / PAGE_SIZE) * PAGE_SIZE);
    const protection = PROT_READ | PROT_WRITE;
    const start = mapApart(this.#calls(tid), [{ size, protection }])[0]!;
    if (start < 0) throw new TraceeCallFailed("mmap", -start);
    return { start: start as TraceeAddress, size };
  }
}
