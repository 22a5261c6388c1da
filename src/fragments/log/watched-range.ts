import type { Guard } from "../../guard/guard.js";
import { BrokenInvariant, type TraceeAddress } from "../../model/index.js";

/** The stretch of watched memory that an access lay in: mostly the next one lies there, too. */
export class WatchedRange {
  start = 0;
  /** 0 while none is known. */
  end = 0;
  #version = -1;

  constructor(readonly guard: Guard) {}

  /** What is watched may have changed. */
  renew(): void {
    if (this.#version === this.guard.version) return;
    this.#version = this.guard.version;
    this.start = 0;
    this.end = 0;
  }

  /**
   * An access that was moved to the other view, and has not faulted, lies in watched memory: else the
   * thread's gs base was lost. Moves on to the stretch that it lies in; throws where there is none.
   */
  require(address: number, size: number, ip: number, block: TraceeAddress): void {
    if (address >= this.start && address + size <= this.end) return;
    const stretch = this.guard.stretchAt(address);
    if (stretch === null || address + size > stretch.end) throw outside(address, size, ip, block);
    this.start = stretch.start;
    this.end = stretch.end;
  }
}

function outside(address: number, size: number, ip: number, block: number): BrokenInvariant {
  const [at, by, of] = [address, ip, block].map((place) => `0x${place.toString(16)}`);
  return new BrokenInvariant(
    "ACCESS_OUTSIDE_HEAP",
    `translated code logged an access of ${size} bytes at ${at}, by ${by} in the block of ${of}: no watched memory is there`,
  );
}
