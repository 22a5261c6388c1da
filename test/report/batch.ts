import type { HeapBuffer } from "../../dist/model/index.js";
import { type Access, type AccessBatch, flagsOf } from "../../dist/model/index.js";

export type Row = Partial<Omit<Access, "address" | "ip" | "thread">> & {
  address: number;
  ip?: number;
  thread?: number;
};

export const IP = 0x401000;

/** Rows as columns; what a row leaves out is a certain read of one byte by thread 7 at `IP`. */
export function batchOf(rows: readonly Row[]): AccessBatch {
  const full = rows.map((row) => ({
    kind: "read" as const,
    size: 1,
    certain: true,
    ip: IP,
    thread: 7,
    origin: "user" as const,
    ...row,
  }));
  return {
    length: full.length,
    address: Float64Array.from(full, ({ address }) => address),
    size: Float64Array.from(full, ({ size }) => size),
    ip: Float64Array.from(full, ({ ip }) => ip),
    thread: Int32Array.from(full, ({ thread }) => thread),
    flags: Uint8Array.from(full, flagsOf),
  };
}

export function bufferAt(
  name: string,
  address: number,
  size: number,
  more: Partial<HeapBuffer> = {},
): HeapBuffer {
  return { name, arg: 0, address: address as HeapBuffer["address"], size, const: false, ...more };
}
