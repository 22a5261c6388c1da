import type { Area, Effect, Use } from "../area.js";
import type { Call } from "../call.js";
import type { Outcome } from "../outcome.js";

/** What an argument leads to, if it is a pointer: `address` is its value, `slot` where it stands. */
export type ArgumentSpec = (call: Call, address: number, slot: number) => Area | null;

/** A number of bytes that is known when a call begins; it may stand in the memory at `address`. */
export type Size = number | ((call: Call, address: number) => number);

/** A number of bytes that is known when a call has ended. */
export type Extent = number | ((call: Call, end: Outcome) => number);

/** Not a pointer, or one that stands for a mapping, or one that the kernel keeps. */
export const value = null;

/** A size that argument `index` has, of type `size_t`. */
export const arg = (index: number) => (call: Call) => call.arg(index);

/** A size that argument `index` has, of type `unsigned int`. */
export const uint = (index: number) => (call: Call) => call.uint(index);

/** `count` elements of `bytes` each. */
export const times = (bytes: number, count: (call: Call) => number) => (call: Call) =>
  bytes * count(call);

/** What the call returned, as a number of elements of `bytes` each. */
export const returned =
  (bytes = 1): Extent =>
  (_call, end) =>
    bytes * end.result;

/** The kernel reads `size` bytes, or `extent` of them if the call succeeds. */
export function reads(size: Size, extent?: Extent): ArgumentSpec {
  return (call, address, slot) =>
    area(call, address, slot, size, (end, most) => {
      if (extent === undefined) return end.lookedAt ? [read(0, most)] : [];
      return end.succeeded ? [read(0, Math.min(most, measure(extent, call, end)))] : [];
    });
}

/** The kernel writes `size` bytes if the call succeeds, or `extent` of them. */
export function writes(size: Size, extent?: Extent): ArgumentSpec {
  return (call, address, slot) => {
    const effects = (end: Outcome, most: number) => {
      const length = end.succeeded
        ? Math.min(most, extent === undefined ? most : measure(extent, call, end))
        : extent === undefined
          ? end.writtenBeforeFault(address, most)
          : 0;
      return length > 0 ? [write(0, length)] : [];
    };
    return area(call, address, slot, size, effects, { readable: false, writable: true });
  };
}

/** The kernel reads `size` bytes, and writes them if the call succeeds. */
export function updates(size: Size): ArgumentSpec {
  return special(size, (end, most) => [
    ...(end.lookedAt ? [read(0, most)] : []),
    ...(end.succeeded ? [write(0, most)] : []),
  ]);
}

/** Memory that the kernel may write to, with effects of its own. */
export function special(
  size: Size,
  effects: (end: Outcome, size: number, call: Call) => readonly Effect[],
): ArgumentSpec {
  return (call, address, slot) =>
    area(call, address, slot, size, (end, most) => effects(end, most, call), { writable: true });
}

/** The pages themselves are used, not copied. */
export function pages(
  size: Size,
  effects: (end: Outcome) => readonly Effect[] = () => [],
): ArgumentSpec {
  return (call, address, slot) => area(call, address, slot, size, effects, { use: "pages" });
}

/** A pointer to what is not described here: the call works, and the trace says that it was made. */
export const opaque: ArgumentSpec = (call, address, slot) =>
  area(
    call,
    address,
    slot,
    1,
    (end) => (end.exists ? [{ kind: "unknown", offset: 0, size: 0 }] : []),
    {
      use: "opaque",
      writable: true,
    },
  );

/** Another argument spec where the arguments say so. */
export function when(condition: (call: Call) => boolean, spec: ArgumentSpec): ArgumentSpec {
  return (call, address, slot) => (condition(call) ? spec(call, address, slot) : null);
}

/** The argument spec that the arguments ask for; null for none. */
export function choose(choice: (call: Call) => ArgumentSpec | null): ArgumentSpec {
  return (call, address, slot) => choice(call)?.(call, address, slot) ?? null;
}

export const read = (offset: number, size: number): Effect => ({ kind: "read", offset, size });

export const write = (offset: number, size: number): Effect => ({ kind: "write", offset, size });

interface Extra {
  readonly use?: Use;
  readonly readable?: boolean;
  readonly writable?: boolean;
  readonly parts?: readonly Area[];
}

/** An area, unless the pointer is null. */
export function area(
  call: Call,
  address: number,
  slot: number,
  size: Size,
  effects: (end: Outcome, size: number) => readonly Effect[],
  { use = "data", readable = true, writable = false, parts = [] }: Extra = {},
): Area | null {
  if (address === 0) return null;
  const most = typeof size === "number" ? size : size(call, address);
  return {
    ...{ slot, address, size: most, use, readable, writable, parts },
    effects: (end) => effects(end, most),
  };
}

function measure(extent: Extent, call: Call, end: Outcome): number {
  return typeof extent === "number" ? extent : extent(call, end);
}
