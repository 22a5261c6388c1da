import { type AccessBatch, AccessFlag, type HeapBuffer } from "../model/index.js";

/** Two streams of loads and two of stores, unrolled four times, and as much again to spare. */
const LOOKBACK = 64;
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
 */
export function passStart(
  batch: AccessBatch,
  row: number,
  buffer: HeapBuffer,
  blocks: number,
  isSameFunction: (ip: number) => boolean,
): { start: number; first: boolean } {
  const { address, size, ip, thread, flags } = batch;
  const end = address[row]! + size[row]!;
  const floor = Math.max(buffer.address, end - blocks * size[row]!);
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
  let start = address[row]!;
  for (const [from, to] of loads.sort(([a], [b]) => b - a)) {
    if (from < start && to >= start) start = from;
  }
  return { start: Math.max(floor, start), first: loads.length === 0 };
}

/** One of the loads around row `row`, by the same function, holds bytes of `buffer`. */
export function touchesNearby(
  batch: AccessBatch,
  row: number,
  buffer: HeapBuffer,
  isSameFunction: (ip: number) => boolean,
): boolean {
  const last = Math.min(batch.length - 1, row + NEARBY);
  for (let at = Math.max(0, row - NEARBY); at <= last; at++) {
    if (batch.thread[at] !== batch.thread[row] || !isSameFunction(batch.ip[at]!)) continue;
    const start = batch.address[at]!;
    if (start < buffer.address + buffer.size && start + batch.size[at]! > buffer.address)
      return true;
  }
  return false;
}
