import type { Finding, HeapBuffer } from "../../model/index.js";
import type { Coverage } from "../trace-summary.js";
import type { Paint, Role } from "./style.js";

const GROUP = 8;
/** A larger buffer is shown at a scale. */
const MAX_ROWS = 4;
const MIN_LABEL = 4;
const KiB = 1024;
const MiB = KiB * KiB;

/** What one character of a map stands for. Lower case: for some of its bytes. */
export type Glyph = "R" | "r" | "W" | "w" | "B" | "b" | "·" | "!";

const ROLES: Readonly<Record<Glyph, Role>> = {
  R: "read",
  r: "read",
  W: "write",
  w: "write",
  B: "both",
  b: "both",
  "·": "quiet",
  "!": "bad",
};

/** A row of the map: the offset of its first byte, its glyphs, and what to say beside it. */
export interface ByteMapRow {
  readonly offset: number;
  readonly glyphs: readonly Glyph[];
  readonly note?: string;
}

/** Bytes to show as offending, from the buffer's start. */
type Marked = Pick<Finding, "offset" | "size">;

export interface ByteMap {
  readonly lines: readonly string[];
  /** Bytes a character. */
  readonly scale: number;
}

/**
 * What a call did to a buffer, a character a byte or, for a large one, a power of two bytes:
 *
 *     0  RRRRRRRR RRRRRRRR ········
 *    24  !!·!                       past the end
 *
 * `findings` are the buffer's own. Bytes out of bounds are always shown one by one.
 */
export function byteMap(
  buffer: Pick<HeapBuffer, "size">,
  coverage: Coverage,
  findings: readonly Marked[],
  width: number,
  paint: Paint,
): ByteMap {
  const touched = touchedBytes(buffer, coverage, charactersPerRow(width));
  const rows = byteMapRows(touched, findings);
  const labels = Math.max(MIN_LABEL, ...rows.map(({ offset }) => labelOf(offset).length));
  return { lines: rows.map((row) => rowText(row, labels, paint)), scale: touched.scale };
}

/** What a call touched of a buffer, a character for every `scale` bytes. */
export interface TouchedBytes {
  /** Of the buffer, in bytes. */
  readonly size: number;
  readonly scale: number;
  readonly perRow: number;
  readonly glyphs: readonly Glyph[];
}

/** `perRow`: characters a row, a power of two; of `maxRows` at most. */
export function touchedBytes(
  { size }: Pick<HeapBuffer, "size">,
  coverage: Coverage,
  perRow: number,
  maxRows = MAX_ROWS,
): TouchedBytes {
  let scale = 1;
  while (scale * perRow * maxRows < size) scale *= 2;
  const glyphs: Glyph[] = [];
  for (let at = 0; at < size; at += scale) {
    glyphs.push(glyphOf(coverage, at, Math.min(at + scale, size)));
  }
  return { size, scale, perRow, glyphs };
}

/** The map before it is text, with the buffer's own findings marked in it. */
export function byteMapRows(
  { size, scale, perRow, glyphs }: TouchedBytes,
  findings: readonly Marked[],
): ByteMapRow[] {
  const offends = (start: number, end: number) =>
    findings.some((finding) => finding.offset < end && finding.offset + finding.size > start);
  const marked = glyphs.map((glyph, i) =>
    offends(i * scale, Math.min((i + 1) * scale, size)) ? "!" : glyph,
  );
  return [
    ...before(findings, perRow),
    ...slices(marked, perRow).map((row, i) => ({ offset: i * perRow * scale, glyphs: row })),
    ...past(size, findings, perRow),
  ];
}

/** `8192` is `8K`: maps to a scale have such offsets alone. */
export function labelOf(offset: number): string {
  const [unit, size] = offset % MiB === 0 ? (["M", MiB] as const) : (["K", KiB] as const);
  return offset >= 2 * KiB && offset % size === 0 ? `${offset / size}${unit}` : `${offset}`;
}

/** As many groups of eight, and a power of two of them, as fit beside the offsets. */
function charactersPerRow(width: number): number {
  let groups = 8;
  while (groups > 1 && MIN_LABEL + 1 + groups * (GROUP + 1) > width) groups /= 2;
  return groups * GROUP;
}

function glyphOf({ read, written }: Coverage, start: number, end: number): Glyph {
  let reads = 0;
  let writes = 0;
  let touched = 0;
  for (let at = start; at < end; at++) {
    const r = read.marks[at]!;
    const w = written.marks[at]!;
    reads += r;
    writes += w;
    touched += r | w;
  }
  if (touched === 0) return "·";
  const glyph = reads && writes ? "B" : reads ? "R" : "W";
  return touched === end - start ? glyph : (glyph.toLowerCase() as Glyph);
}

/** The offending bytes next before the buffer. */
function before(findings: readonly Marked[], perRow: number): ByteMapRow[] {
  const first = Math.min(0, ...findings.map(({ offset }) => offset));
  if (first === 0) return [];
  const offset = Math.max(first, -perRow);
  const note = first < offset ? "before the start, and farther" : "before the start";
  return [{ offset, glyphs: offending(findings, offset, 0), note }];
}

/** The offending bytes next past its end. */
function past(size: number, findings: readonly Marked[], perRow: number): ByteMapRow[] {
  const last = Math.max(size, ...findings.map((finding) => finding.offset + finding.size));
  if (last === size) return [];
  const end = Math.min(last, size + perRow);
  const note = last > end ? "past the end, and farther" : "past the end";
  return [{ offset: size, glyphs: offending(findings, size, end), note }];
}

function offending(findings: readonly Marked[], start: number, end: number): Glyph[] {
  return Array.from({ length: end - start }, (_, i) =>
    findings.some(({ offset, size }) => start + i >= offset && start + i < offset + size)
      ? "!"
      : "·",
  );
}

function rowText({ offset, glyphs, note }: ByteMapRow, labels: number, paint: Paint): string {
  const groups = slices(glyphs, GROUP).map((group) => painted(group, paint));
  const label = paint("quiet", labelOf(offset).padStart(labels));
  return `${label}  ${groups.join(" ")}${note ? `  ${paint("bad", note)}` : ""}`;
}

/** One colour for a run of one glyph. */
function painted(glyphs: readonly Glyph[], paint: Paint): string {
  const runs = glyphs.join("").match(/(.)\1*/gu) ?? [];
  return runs.map((run) => paint(ROLES[run[0] as Glyph], run)).join("");
}

function slices<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
