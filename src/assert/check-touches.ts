import { AccessFlag, toHex } from "../model/index.js";
import type { CallAccess, TracedCall } from "../scope/index.js";
import { bytesOf } from "./buffer-bytes.js";
import { type BufferLike, bufferIn, callOf, TRUNCATED } from "./checks.js";
import { shownBytes } from "./shown-bytes.js";
import { failed, PASSED, type Verdict } from "./verdict.js";

/** More accesses are counted, not listed. */
const LISTED_ACCESSES = 5;

/**
 * Every access lies in one of `buffers` with all its bytes. Reads by design, as findings have them, are
 * allowed bytes beside it: libc's string functions read whole blocks.
 */
export function checkOnlyTouches(subject: unknown, ...buffers: readonly BufferLike[]): Verdict {
  const call = callOf(subject);
  const allowed = buffers.map((buffer) => {
    const { name, address, size } = bufferIn(call, buffer);
    return { name, address: Number(address), size };
  });
  const isAllowed = (start: number, end: number) =>
    allowed.some(({ address, size }) => start >= address && end <= address + size);
  const { length, address, size, flags, ip, buffer: nearest } = call.events.columns;
  const places = call.buffers.map(({ address, size }) => ({ start: Number(address), size }));
  const offended = offendedBytes(call);
  const names = new Set(allowed.map(({ name }) => name));
  /** A read beside an allowed buffer, which touches no other and is no finding. */
  const isByDesign = (row: number, start: number, end: number) => {
    if (flags[row]! & (AccessFlag.WRITE | AccessFlag.UNKNOWN | AccessFlag.KERNEL)) return false;
    if (!names.has(call.buffers[nearest[row]!]?.name ?? "")) return false;
    const touchesOther = places.some(
      (place, i) =>
        !names.has(call.buffers[i]!.name) && start < place.start + place.size && end > place.start,
    );
    const own = offended.get(ip[row]!) ?? [];
    return !touchesOther && !own.some((bytes) => start < bytes.end && end > bytes.start);
  };
  const rows: number[] = [];
  for (let row = 0; row < length; row++) {
    const [start, end] = [address[row]!, address[row]! + size[row]!];
    if (!isAllowed(start, end) && !isByDesign(row, start, end)) rows.push(row);
  }
  const told = allowed.map(({ name }) => name).join(", ") || "nothing";
  const wanted = `expected ${call.function} to touch only ${told}`;
  if (rows.length === 0) return call.truncated ? failed(wanted, TRUNCATED) : PASSED;
  return failed(
    `${wanted}, but ${rows.length === 1 ? "an access lies" : `${rows.length} accesses lie`} outside`,
    ...rows.slice(0, LISTED_ACCESSES).map((row) => accessText(call.events.at(row)!)),
    ...(rows.length > LISTED_ACCESSES ? [`  and ${rows.length - LISTED_ACCESSES} more`] : []),
    ...shownBuffers(call, rows),
  );
}

/** What findings say was touched out of bounds, by the instruction. */
function offendedBytes(call: TracedCall): Map<number, { start: number; end: number }[]> {
  const offended = new Map<number, { start: number; end: number }[]>();
  for (const { kind, buffer, offset, size, ip } of call.findings) {
    const given = call.buffers.find(({ name }) => name === buffer);
    if (kind !== "out-of-bounds-read" || !given) continue;
    const start = Number(given.address) + offset;
    const known = offended.get(Number(ip)) ?? [];
    offended.set(Number(ip), [...known, { start, end: start + size }]);
  }
  return offended;
}

/** Each of `buffers` was touched. */
export function checkTouches(subject: unknown, ...buffers: readonly BufferLike[]): Verdict {
  const call = callOf(subject);
  const missed = buffers
    .map((buffer) => bufferIn(call, buffer))
    .filter((buffer) => {
      const { read, written } = bytesOf(call, buffer);
      return read.count() + written.count() === 0;
    });
  if (missed.length === 0) return PASSED;
  return failed(
    `expected ${call.function} to touch ${missed.map(({ name }) => name).join(", ")}, but it did not`,
    ...(call.truncated ? [TRUNCATED] : []),
    ...missed.map((buffer) => shownBytes(buffer, bytesOf(call, buffer), [], "offending")),
  );
}

function accessText({ kind, size, buffer, offset, address, symbol, ip }: CallAccess): string {
  const place = buffer === null ? toHex(address) : `${buffer}${offset! < 0 ? "" : "+"}${offset}`;
  return `  ${kind} of ${size} at ${place}, by ${symbol ?? toHex(ip)}`;
}

/** The buffers that the accesses of `rows` are nearest to, with those marked. */
function shownBuffers(call: TracedCall, rows: readonly number[]): string[] {
  const { buffer, offset, size } = call.events.columns;
  return [...new Set(rows.map((row) => buffer[row]!))]
    .filter((position) => position >= 0)
    .map((position) => {
      const marked = rows
        .filter((row) => buffer[row] === position)
        .map((row) => ({ offset: offset[row]!, size: size[row]! }));
      const given = call.buffers[position]!;
      return shownBytes(given, bytesOf(call, given), marked, "not to be touched");
    });
}
