import { type Call, wordAt } from "../call.js";
import type { Outcome } from "../outcome.js";
import { type ArgumentSpec, area, read, write } from "./argument-spec.js";

/** A structure that is read, and that holds one pointer. */
export interface Holder {
  /** In bytes, of the structure. */
  readonly size: number;
  /** Offset of the pointer. */
  readonly pointer: number;
  /** What the kernel does with the memory that it leads to. */
  readonly direction: "read" | "write";
  /** How much memory that is, by what the structure says. In bytes. */
  readonly length: (bytes: Buffer) => number;
  /** Bytes of it that were read or written, if not all. */
  readonly done?: (call: Call, end: Outcome) => number;
}

export function holder({ size, pointer, direction, length, done }: Holder): ArgumentSpec {
  const one = direction === "read" ? read : write;
  const isOver = (end: Outcome) => (direction === "read" ? end.lookedAt : end.succeeded);
  return (call, address, slot) => {
    const bytes = address === 0 ? Buffer.alloc(0) : call.bytes(address, size);
    if (bytes.length < size) return null;
    const most = length(bytes);
    const part = area(
      call,
      wordAt(bytes, pointer),
      pointer,
      most,
      (end) => {
        const amount = Math.min(most, done?.(call, end) ?? most);
        return isOver(end) && amount > 0 ? [one(0, amount)] : [];
      },
      { readable: direction === "read", writable: direction === "write" },
    );
    return area(call, address, slot, size, (end) => (end.lookedAt ? [read(0, size)] : []), {
      parts: part === null ? [] : [part],
    });
  };
}
