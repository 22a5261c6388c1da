import type { BufferIndex } from "../../judge/buffer-index.js";
import {
  type Access,
  type AccessBatch,
  AccessFlag,
  type AccessLog,
  accessAt,
  type Finding,
  toHex,
} from "../../model/index.js";
import type { CallReport, SymbolSource } from "../call-report.js";
import type { Paint } from "./style.js";

/** Which accesses are listed: the first so many, all, or those that a finding is about. */
export type ListedAccesses = number | "all" | "offending";

/** Rows that are laid out together: columns are as wide as what is in them so far. */
const ROWS = 1024;

/** The accesses, with a title: `read   4  buf+0   libz.so.1!crc32_z+0x2a`. Those that the log has. */
export function* accessList(
  report: CallReport,
  index: BufferIndex,
  listed: ListedAccesses,
  paint: Paint,
): Generator<string> {
  const { log, symbolizer } = report;
  const isListed = listed === "offending" ? offenders(report.findings, index) : null;
  const limit = typeof listed === "number" ? listed : Number.POSITIVE_INFINITY;
  const count = isListed ? countRows(log, isListed) : Math.min(log.length, limit);
  if (count === 0 && !(isListed && log.total > 0)) return;
  yield paint("title", title(log, count, isListed !== null));
  const widths = { kind: 0, size: 0, place: 0 };
  let rows: Access[] = [];
  let left = count;
  for (const batch of log.batches) {
    for (let row = 0; row < batch.length && left > 0; row++) {
      if (isListed && !isListed(batch, row)) continue;
      left--;
      if (rows.push(accessAt(batch, row)) < ROWS && left > 0) continue;
      yield* lines(rows, widths, index, symbolizer, paint);
      rows = [];
    }
  }
}

function title({ total }: AccessLog, count: number, areOffending: boolean): string {
  if (areOffending) return `${count === 0 ? "no" : count} offending of ${total} accesses`;
  return count < total ? `first ${count} of ${total} accesses` : "accesses";
}

function* lines(
  accesses: readonly Access[],
  widths: { kind: number; size: number; place: number },
  index: BufferIndex,
  symbolizer: SymbolSource,
  paint: Paint,
): Generator<string> {
  const threads = new Set(accesses.map(({ thread }) => thread));
  const rows = accesses.map((access) => ({
    kind: access.certain ? access.kind : `${access.kind}?`,
    size: `${access.size}`,
    ...placeOf(access, index),
    code: codeText(access.ip, symbolizer),
    note: [
      access.origin === "kernel" ? "by the kernel" : "",
      threads.size > 1 ? `thread ${access.thread}` : "",
    ],
  }));
  for (const column of ["kind", "size", "place"] as const) {
    for (const row of rows) widths[column] = Math.max(widths[column], row[column].length);
  }
  for (const { kind, size, place, outside, code, note } of rows) {
    const role = kind === "read" ? "read" : kind.startsWith("write") ? "write" : "quiet";
    const where = place.padEnd(widths.place);
    const notes = note.filter(Boolean).join(", ");
    yield `  ${[
      paint(role, kind.padEnd(widths.kind)),
      size.padStart(widths.size),
      outside ? paint("bad", where) : where,
      paint("quiet", [code, notes].filter(Boolean).join("  ")),
    ].join("  ")}`;
  }
}

/** Whether a row is one that a finding is about: of its instruction, and its bytes. */
function offenders(findings: readonly Finding[], { buffers }: BufferIndex) {
  const spans = new Map<number, { start: number; end: number; write: boolean }[]>();
  for (const { ip, kind, buffer, offset, size } of findings) {
    const start = (buffers.find(({ name }) => name === buffer)?.address ?? 0) + offset;
    const span = { start, end: start + size, write: kind.endsWith("-write") };
    spans.set(ip, [...(spans.get(ip) ?? []), span]);
  }
  return ({ address, size, ip, flags }: AccessBatch, row: number): boolean => {
    const own = spans.get(ip[row]!);
    if (!own) return false;
    const start = address[row]!;
    const isWrite = (flags[row]! & AccessFlag.WRITE) !== 0;
    return own.some((span) => {
      return span.write === isWrite && start < span.end && start + size[row]! > span.start;
    });
  };
}

function countRows({ batches }: AccessLog, has: (batch: AccessBatch, row: number) => boolean) {
  let count = 0;
  for (const batch of batches) {
    for (let row = 0; row < batch.length; row++) if (has(batch, row)) count++;
  }
  return count;
}

/** `buf+4`, `dst-8`; `outside`: some of its bytes are in no buffer. */
function placeOf({ address, size }: Access, index: BufferIndex) {
  const buffer = index.buffers[index.nearest(address, size)];
  if (!buffer) return { place: toHex(address), outside: true };
  const offset = address - buffer.address;
  const outside = offset < 0 || offset + size > buffer.size;
  return { place: `${buffer.name}${offset < 0 ? "" : "+"}${offset}`, outside };
}

/** The symbol, or what is known where there is none: `libc.so.6 0x7f..`. */
export function codeText(ip: number, symbolizer: SymbolSource): string {
  const symbol = symbolizer.symbolOf(ip);
  if (symbol !== null) return symbol;
  return [symbolizer.imageOf(ip), toHex(ip)].filter(Boolean).join(" ");
}
