import type { Guard } from "../guard/guard.js";
import type { Effect } from "./area.js";
import type { Outcome } from "./outcome.js";
import type { Placed } from "./placement.js";

/** What the kernel did to memory, at the address that the program knows. */
export interface Touch {
  readonly kind: Effect["kind"];
  readonly address: number;
  /** In bytes. */
  readonly size: number;
  /** The area it is in. */
  readonly placed: Placed;
}

/** What a call did, in order: what it read, structures before what they point to; then what it wrote. */
export function touchesOf(placed: readonly Placed[], end: Outcome): Touch[] {
  const reads: Touch[] = [];
  const writes: Touch[] = [];
  const visit = (placed: Placed) => {
    const { area, parts } = placed;
    const touches = area
      .effects(end)
      .map(({ kind, offset, size }) => ({ kind, address: area.address + offset, size, placed }));
    reads.push(...touches.filter(({ kind }) => kind !== "write"));
    for (const part of parts) visit(part);
    writes.push(...touches.filter(({ kind }) => kind === "write"));
  };
  for (const one of placed) visit(one);
  return [...reads, ...writes];
}

/** The guarded parts of what a call did. */
export function guardedParts(touches: readonly Touch[], guard: Guard): Touch[] {
  return touches.flatMap((touch) => {
    const { kind, address, size } = touch;
    if (kind === "unknown") return guard.covers(address) ? [touch] : [];
    return guard
      .clip(address, address + size)
      .map(([start, end]) => ({ ...touch, address: start, size: end - start }));
  });
}

/**
 * `touches` without those of `before`; one that is in `touches` twice and in `before` once stays
 * once.
 */
export function without(touches: readonly Touch[], before: readonly Touch[]): Touch[] {
  const left = [...before];
  return touches.filter((touch) => {
    const index = left.findIndex(
      ({ kind, address, size }) =>
        kind === touch.kind && address === touch.address && size === touch.size,
    );
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
