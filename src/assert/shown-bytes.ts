import { byteMap, count, PLAIN, painter } from "../report/index.js";
import type { CallBuffer } from "../scope/index.js";
import type { BufferBytes } from "./buffer-bytes.js";

/** Bytes of content that a message shows. */
const SHOWN_BYTES = 16;

/** More runs are counted, not listed. */
const LISTED_RUNS = 8;

interface Run {
  readonly offset: number;
  readonly size: number;
}

/** A buffer as a failure shows it: a map of what was done to its bytes, `marked` ones as `!`. */
export function shownBytes(
  buffer: CallBuffer,
  bytes: BufferBytes,
  marked: readonly Run[],
  meaning: string,
): string {
  const { name, size, content } = buffer;
  const { read, written } = bytes;
  const { lines, scale } = byteMap(buffer, bytes, marked, PLAIN.width, painter(PLAIN));
  const touched = `${read.count()} read, ${written.count()} written`;
  const legend = `  R read  W written  B both  · untouched  ! ${meaning}`;
  return [
    `${name}  ${count(size, "byte")}: ${touched}`,
    ...lines.map((line) => `  ${line}`),
    scale > 1 ? `${legend}  (${scale} bytes a character)` : legend,
    ...shownContent(content, marked),
  ].join("\n");
}

/** What the first of the marked bytes hold. */
function shownContent(content: Uint8Array | null, marked: readonly Run[]): string[] {
  const inside = marked.find(({ offset }) => offset >= 0 && offset < (content?.length ?? 0));
  if (!content || !inside) return [];
  const end = Math.min(inside.offset + inside.size, inside.offset + SHOWN_BYTES, content.length);
  const bytes = content.subarray(inside.offset, end);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const isCut = inside.size > bytes.length;
  return [`  ${rangeText(inside)}: ${hex}${isCut ? " …" : ""}`];
}

/** `byte 4`, `bytes 4 to 7`. */
export function rangeText({ offset, size }: Run): string {
  return size === 1 ? `byte ${offset}` : `bytes ${offset} to ${offset + size - 1}`;
}

/** The bytes of several runs, in words. */
export function runsText(runs: readonly Run[]): string {
  const listed = runs.slice(0, LISTED_RUNS).map(rangeText).join(", ");
  const rest = runs.length - LISTED_RUNS;
  return rest > 0 ? `${listed} and ${count(rest, "more run")}` : listed;
}
