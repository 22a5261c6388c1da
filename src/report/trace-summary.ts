import type { BufferIndex } from "../judge/buffer-index.js";
import { ByteSet } from "../judge/byte-set.js";
import { type AccessBatch, AccessFlag, type AccessLog } from "../model/index.js";
import type { UnkeptAccesses } from "./unkept-accesses.js";

/** The bytes of one buffer that a call touched. */
export interface Coverage {
  readonly read: ByteSet;
  /** A write that may not have happened counts. */
  readonly written: ByteSet;
}

/** The accesses of a call, counted. */
export interface TraceSummary {
  readonly reads: number;
  readonly writes: number;
  readonly unknown: number;
  readonly threads: number;
  /** Accesses by instruction. */
  readonly byIp: ReadonlyMap<number, number>;
  /** By position in the index. */
  readonly coverage: readonly Coverage[];
}

/** Of those that a log has, and of those that it has not kept, where they were counted. */
export function summarise(
  log: AccessLog,
  index: BufferIndex,
  unkept: UnkeptAccesses | null = null,
): TraceSummary {
  const coverage = index.buffers.map(({ size }) => ({
    read: new ByteSet(size),
    written: new ByteSet(size),
  }));
  const kinds = { reads: 0, writes: 0, unknown: 0 };
  const byIp = new Map<number, number>();
  const threads = new Set<number>();
  for (const batch of log.batches) {
    for (let row = 0; row < batch.length; row++) {
      const flags = batch.flags[row]!;
      if (flags & AccessFlag.UNKNOWN) kinds.unknown++;
      else if (flags & AccessFlag.WRITE) kinds.writes++;
      else kinds.reads++;
    }
    coverBatch(coverage, index, batch);
    countRuns(batch.ip, batch.length, (ip, count) => byIp.set(ip, (byIp.get(ip) ?? 0) + count));
    countRuns(batch.thread, batch.length, (thread) => threads.add(thread));
  }
  if (unkept) {
    kinds.reads += unkept.reads;
    kinds.writes += unkept.writes;
    kinds.unknown += unkept.unknown;
    for (const thread of unkept.threads) threads.add(thread);
    for (const [ip, count] of unkept.byIp) byIp.set(ip, (byIp.get(ip) ?? 0) + count);
    index.buffers.forEach(({ address, size }, i) => {
      unkept.cover(address, size, coverage[i]!);
    });
  }
  return { ...kinds, threads: threads.size, byIp, coverage };
}

function coverBatch(
  coverage: readonly Coverage[],
  index: BufferIndex,
  { address, size, flags, length }: AccessBatch,
): void {
  const { starts, ends } = index;
  // Accesses mostly stay where the last one was.
  let at = 0;
  for (let row = 0; row < length; row++) {
    const start = address[row]!;
    const end = start + size[row]!;
    if (!(start >= starts[at]! && end <= ends[at]!)) at = Math.max(0, index.lastFrom(start));
    const set = flags[row]! & AccessFlag.WRITE ? "written" : "read";
    for (let i = at; i < starts.length && starts[i]! < end; i++) {
      const from = Math.max(start, starts[i]!);
      const to = Math.min(end, ends[i]!);
      if (from < to) coverage[i]![set].add(from - starts[i]!, to - starts[i]!);
    }
  }
}

/** Calls `found` for each run of equal values: far fewer than there are rows. */
function countRuns(
  column: ArrayLike<number>,
  length: number,
  found: (value: number, count: number) => void,
): void {
  for (let start = 0; start < length; ) {
    let end = start + 1;
    while (end < length && column[end] === column[start]) end++;
    found(column[start]!, end - start);
    start = end;
  }
}
