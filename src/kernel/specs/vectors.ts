import type { Area } from "../area.js";
import { type Call, wordAt } from "../call.js";
import type { Outcome } from "../outcome.js";
import { type ArgumentSpec, area, read, type Size, write } from "./argument-spec.js";

const IOVEC = 16; // struct iovec, readv(2)
const MAX_VECTORS = 1024; // UIO_MAXIOV, linux/uio.h

/** What the kernel does with the buffers of a vector: reads them, fills them, or lends their pages. */
export type Direction = "read" | "write" | "lend";

interface Vector {
  readonly address: number;
  readonly length: number;
}

/** `count` buffers (struct iovec). They are filled or read in order, up to what the call returned. */
export function vectors(
  count: (call: Call) => number,
  direction: Direction,
  transferred: (call: Call, end: Outcome) => number = (_call, end) => end.result,
): ArgumentSpec {
  return (call, address, slot) => {
    const list = vectorsAt(call, address, count(call));
    if (list === null) return null;
    let before = 0;
    const parts = list.map((vector, i): Area => {
      const start = before;
      before += vector.length;
      return bufferOf(vector, i * IOVEC, direction, (end) => transferred(call, end) - start);
    });
    const size = list.length * IOVEC;
    return area(call, address, slot, size, (end) => (end.lookedAt ? [read(0, size)] : []), {
      parts,
    });
  };
}

/** As {@link vectors}, of which only the list itself is used: its addresses stand for mappings. */
export function ranges(count: (call: Call) => number): ArgumentSpec {
  return (call, address, slot) => {
    const size: Size = Math.min(count(call), MAX_VECTORS) * IOVEC;
    return area(call, address, slot, size, (end) => (end.lookedAt ? [read(0, size)] : []));
  };
}

/** Null where the kernel refuses the list, or cannot read it. */
function vectorsAt(call: Call, address: number, count: number): Vector[] | null {
  if (count <= 0 || count > MAX_VECTORS || address === 0) return null;
  const bytes = call.bytes(address, count * IOVEC);
  if (bytes.length < count * IOVEC) return null;
  return Array.from({ length: count }, (_, i) => ({
    address: wordAt(bytes, i * IOVEC),
    length: wordAt(bytes, i * IOVEC + 8),
  }));
}

function bufferOf(
  { address, length }: Vector,
  slot: number,
  direction: Direction,
  reached: (end: Outcome) => number,
): Area {
  const one = direction === "write" ? write : read;
  return {
    slot,
    address,
    size: length,
    use: direction === "lend" ? "pages" : "data",
    readable: direction !== "write",
    writable: direction === "write",
    parts: [],
    effects: (end) => {
      const done = Math.min(reached(end), length);
      return end.succeeded && done > 0 ? [one(0, done)] : [];
    },
  };
}
