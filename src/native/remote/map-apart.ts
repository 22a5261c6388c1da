import { PAGE_SIZE } from "../../model/index.js";
import { PROT_NONE } from "../memory/maps.js";
import { MAP_ANONYMOUS, MAP_NORESERVE, MAP_PRIVATE } from "../memory/mmap.js";
import { SYS_MMAP, SYS_MPROTECT, SYS_MUNMAP } from "../syscall-numbers.js";

/** Left empty on either side, in bytes. */
const GAP = 16 * PAGE_SIZE;

/** Has the tracee run one system call; its result is negative where it failed (-errno). */
export type RunCall = (number: number, args: readonly number[]) => number;

/**
 * Maps `size` bytes of memory of ours in the tracee where no mapping of the program's is next to it.
 * mmap(2) alone fills the hole behind a heap, and what reads past that heap's end would then read
 * ours, where it crashes untraced. Whatever the program maps beside it later is kept off by an
 * inaccessible page on either side, {@link FENCE}. Returns the address, or -errno.
 */
export function mapApart(call: RunCall, size: number, protection: number, flags = 0): number {
  const whole = size + 2 * (GAP + FENCE);
  const anonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags;
  const start = call(SYS_MMAP, [0, whole, PROT_NONE, anonymous, -1, 0]);
  if (start < 0) return start;
  const at = start + GAP + FENCE;
  const results = [
    call(SYS_MUNMAP, [start, GAP]),
    call(SYS_MUNMAP, [start + whole - GAP, GAP]),
    call(SYS_MPROTECT, [at, size, protection]),
  ];
  return results.find((result) => result < 0) ?? at;
}

/** The inaccessible page on either side of what {@link mapApart} has mapped, in bytes. */
const FENCE = PAGE_SIZE;

/** Takes back what {@link mapApart} has mapped. Returns 0, or -errno. */
export function unmapApart(call: RunCall, at: number, size: number): number {
  return call(SYS_MUNMAP, [at - FENCE, size + 2 * FENCE]);
}
