import { type AccessBatch, AccessFlag, type HeapBuffer } from "../model/index.js";

/** What a vector register loads, in bytes. */
export const VECTORS: ReadonlySet<number> = new Set([16, 32, 64]);

const LARGEST_VECTOR = 64;

/** What a general register loads, at most: a larger load may be a block, or part of one. */
export const LARGEST_SCALAR = 8;

/** Loops look at as many blocks at once. */
export const REACH = 4;

/** The block that a load of `size` bytes is of: what a mask left of a vector is a part of one. */
export const blockOf = (size: number): number => (VECTORS.has(size) ? size : LARGEST_VECTOR);

/** Two streams of loads and two of stores, unrolled four times, and as much again to spare. */
export const LOOKBACK = 64;
/** The loads of one turn, of two streams. */
const NEARBY = 8;

/**
 * The pass over a string that a load belongs to: `start` is the lowest address, within the blocks
 * of one turn of a loop, that the same call has read on the way to the load and `buffer` holds;
 * `first` says that the load is the call's first in `buffer`.
 *
 * Only the records tell where a call begins. Within one turn of a loop no instruction runs twice,
 * so one that shows again belongs to an earlier call: strlen of one field of a record, then of the
 * next. Loads may come in any order within a turn.
 *
 * strcmp (evex) masks what it loads of one string by where the other has no NUL: what is left is
 * several accesses, and the NUL is in none. All of the block counts then.
 */
export function passStart(
  batch: AccessBatch,
  row: number,
  buffer: HeapBuffer,
  isSameFunction: (ip: number) => boolean,
): { start: number; first: boolean } {
  const { address, size, ip, thread, flags } = batch;
  const end = address[row]! + size[row]!;
  const block = blockOf(size[row]!);
  const floor = Math.max(buffer.address, end - REACH * block);
  const seen = new Set([ip[row]!]);
  const loads: [start: number, end: number][] = [];
  for (let at = row - 1; at >= 0 && at >= row - LOOKBACK; at--) {
    if (thread[at] !== thread[row]) continue;
    if (flags[at]! & AccessFlag.KERNEL || !isSameFunction(ip[at]!)) break;
    const start = address[at]!;
    if (flags[at]! & AccessFlag.WRITE || start + size[at]! <= floor || start > end) continue;
    if (seen.has(ip[at]!)) break;
    seen.add(ip[at]!);
    loads.push([start, start + size[at]!]);
  }
  let start = isPart(batch, row) ? end - LARGEST_VECTOR : address[row]!;
  for (const [from, to] of loads.sort(([a], [b]) => b - a)) {
    if (from < start && to >= start) start = from;
  }
  return { start: Math.max(floor, start), first: loads.length === 0 };
}

/** Row `row` is what a mask left of a load: the rest of it may stand in the row before. */
function isPart({ address, size, ip, thread }: AccessBatch, row: number): boolean {
  if (!VECTORS.has(size[row]!)) return true;
  if (row === 0 || ip[row - 1] !== ip[row] || thread[row - 1] !== thread[row]) return false;
  const span = address[row]! + size[row]! - address[row - 1]!;
  return !VECTORS.has(size[row - 1]!) && span > 0 && span <= LARGEST_VECTOR;
}

/** One of the loads around row `row`, by the same function, holds bytes of `buffer`. */
export function touchesNearby(
  batch: AccessBatch,
  row: number,
  buffer: HeapBuffer,
  isSameFunction: (ip: number) => boolean,
): boolean {
  // The rest is not known yet.
  if (row + NEARBY >= batch.length) return true;
  const last = row + NEARBY;
  for (let at = Math.max(0, row - NEARBY); at <= last; at++) {
    if (batch.thread[at] !== batch.thread[row] || !isSameFunction(batch.ip[at]!)) continue;
    const start = batch.address[at]!;
    if (start < buffer.address + buffer.size && start + batch.size[at]! > buffer.address)
      return true;
  }
  return false;
}
