import { toHex } from "../model/index.js";
import type { CallAccess, TracedCall } from "../scope/index.js";
import { bytesOf } from "./buffer-bytes.js";
import { type BufferLike, bufferIn, callOf, TRUNCATED } from "./checks.js";
import { shownBytes } from "./shown-bytes.js";
import { failed, PASSED, type Verdict } from "./verdict.js";

/** More accesses are counted, not listed. */
const LISTED_ACCESSES = 5;

/** Every access lies in one of `buffers` with all its bytes. */
export function checkOnlyTouches(subject: unknown, ...buffers: readonly BufferLike[]): Verdict {
  const call = callOf(subject);
  const allowed = buffers.map((buffer) => {
    const { name, address, size } = bufferIn(call, buffer);
    return { name, address: Number(address), size };
  });
  const isAllowed = (start: number, end: number) =>
    allowed.some(({ address, size }) => start >= address && end <= address + size);
  const { length, address, size } = call.events.columns;
  const rows: number[] = [];
  for (let row = 0; row < length; row++) {
    if (!isAllowed(address[row]!, address[row]! + size[row]!)) rows.push(row);
  }
  const names = allowed.map(({ name }) => name).join(", ") || "nothing";
  const wanted = `expected ${call.function} to touch only ${names}`;
  if (rows.length === 0) return call.truncated ? failed(wanted, TRUNCATED) : PASSED;
  return failed(
    `${wanted}, but ${rows.length === 1 ? "an access lies" : `${rows.length} accesses lie`} outside`,
    ...rows.slice(0, LISTED_ACCESSES).map((row) => accessText(call.events.at(row)!)),
    ...(rows.length > LISTED_ACCESSES ? [`  and ${rows.length - LISTED_ACCESSES} more`] : []),
    ...shownBuffers(call, rows),
  );
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
