import { ByteSet } from "../judge/index.js";
import { AccessFlag } from "../model/index.js";
import type { CallBuffer, TracedCall } from "../scope/index.js";

/** Bytes `[from, to)` of a buffer. */
export interface ByteRange {
  /** 0 unless given. */
  readonly from?: number;
  /** The buffer's size unless given. */
  readonly to?: number;
}

/** What a call did to each byte of one buffer. */
export interface BufferBytes {
  readonly read: ByteSet;
  /** Also by a write that may not have happened. */
  readonly written: ByteSet;
  /** By a write that certainly happened. */
  readonly certainlyWritten: ByteSet;
}

/** An access that is not understood may have read, and may have written. */
export function bytesOf(call: TracedCall, buffer: CallBuffer): BufferBytes {
  const { size } = buffer;
  const start = Number(buffer.address);
  const bytes = {
    read: new ByteSet(size),
    written: new ByteSet(size),
    certainlyWritten: new ByteSet(size),
  };
  const { length, address, size: sizes, flags } = call.events.columns;
  for (let row = 0; row < length; row++) {
    const from = Math.max(0, address[row]! - start);
    const to = Math.min(size, address[row]! + sizes[row]! - start);
    if (from >= to) continue;
    const bits = flags[row]!;
    const isUnknown = (bits & AccessFlag.UNKNOWN) !== 0;
    const isWrite = (bits & AccessFlag.WRITE) !== 0;
    if (isUnknown || !isWrite) bytes.read.add(from, to);
    if (isUnknown || isWrite) bytes.written.add(from, to);
    if (isWrite && !isUnknown && !(bits & AccessFlag.UNCERTAIN)) {
      bytes.certainlyWritten.add(from, to);
    }
  }
  return bytes;
}

/** Runs of bytes in `[from, to)` that are in `set`, or that are not. */
export function runsOf(
  set: ByteSet,
  isIn: boolean,
  from: number,
  to: number,
): { offset: number; size: number }[] {
  const runs: { offset: number; size: number }[] = [];
  for (let at = from; at < to; at++) {
    if (set.has(at) !== isIn) continue;
    const last = runs.at(-1);
    if (last && last.offset + last.size === at) last.size++;
    else runs.push({ offset: at, size: 1 });
  }
  return runs;
}
