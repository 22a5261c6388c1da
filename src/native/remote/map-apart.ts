import { PAGE_SIZE } from "../../model/index.js";
import { PROT_NONE } from "../memory/maps.js";
import { MAP_ANONYMOUS, MAP_NORESERVE, MAP_PRIVATE } from "../memory/mmap.js";
import { SYS_MMAP, SYS_MPROTECT, SYS_MUNMAP } from "../syscall-numbers.js";
import type { RemoteCall } from "./syscall-table.js";

/** Left empty on either side, in bytes. */
const GAP = 16 * PAGE_SIZE;

/** The inaccessible page on either side of what {@link mapApart} has mapped, in bytes. */
const FENCE = PAGE_SIZE;

/** Has the tracee run system calls; the result of each is negative where it failed (-errno). */
export type RunRemoteCalls = (calls: readonly RemoteCall[]) => readonly number[];

/** Memory of ours. */
export interface ApartMemory {
  /** In bytes. */
  readonly size: number;
  readonly protection: number;
  /** Beside those of private, anonymous memory that is not reserved. */
  readonly flags?: number;
}

/**
 * Maps memory of ours in the tracee where no mapping of the program's is next to it, in two rounds
 * of system calls. mmap(2) alone fills the hole behind a heap, and what reads past that heap's end
 * would then read ours, where it crashes untraced. Whatever the program maps beside it later is kept
 * off by an inaccessible page on either side, {@link FENCE}. Returns the address of each, or -errno.
 */
export function mapApart(run: RunRemoteCalls, wanted: readonly ApartMemory[]): readonly number[] {
  const around = 2 * (GAP + FENCE);
  const anonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const starts = run(
    wanted.map(({ size, flags = 0 }) => ({
      number: SYS_MMAP,
      args: [0, size + around, PROT_NONE, anonymous | flags, -1, 0],
    })),
  );
  const mapped = wanted
    .map((memory, i) => ({ ...memory, start: starts[i]! }))
    .filter(({ start }) => start >= 0);
  const steps = mapped.map(({ start, size, protection }) => [
    { number: SYS_MUNMAP, args: [start, GAP] },
    { number: SYS_MUNMAP, args: [start + size + around - GAP, GAP] },
    { number: SYS_MPROTECT, args: [start + GAP + FENCE, size, protection] },
  ]);
  const results = run(steps.flat());
  const failures = new Map(
    mapped.map(({ start }, i) => [start, results.slice(3 * i, 3 * i + 3).find((r) => r < 0)]),
  );
  return starts.map((start) => (start < 0 ? start : (failures.get(start) ?? start + GAP + FENCE)));
}

/** Takes back what {@link mapApart} has mapped. Returns 0, or -errno. */
export function unmapApart(run: RunRemoteCalls, at: number, size: number): number {
  return run([{ number: SYS_MUNMAP, args: [at - FENCE, size + 2 * FENCE] }])[0]!;
}
