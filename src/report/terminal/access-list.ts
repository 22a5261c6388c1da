import type { BufferIndex } from "../../judge/buffer-index.js";
import { type Access, type AccessLog, toHex } from "../../model/index.js";
import type { SymbolSource } from "../call-report.js";
import { clip, type Paint } from "./style.js";

/** The first `limit` accesses: `read   4  buf+0   libz.so.1!crc32_z+0x2a`. */
export function accessList(
  log: AccessLog,
  index: BufferIndex,
  symbolizer: SymbolSource,
  { limit, width, paint }: { limit: number; width: number; paint: Paint },
): string[] {
  const accesses = first(log, limit);
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
  const widest = (texts: string[]) => Math.max(0, ...texts.map(({ length }) => length));
  const kinds = widest(rows.map(({ kind }) => kind));
  const sizes = widest(rows.map(({ size }) => size));
  const places = widest(rows.map(({ place }) => place));
  return rows.map(({ kind, size, place, outside, code, note }) => {
    const role = kind === "read" ? "read" : kind.startsWith("write") ? "write" : "quiet";
    const left = kinds + sizes + places + 6;
    const notes = note.filter(Boolean).join(", ");
    const right = clip([code, notes].filter(Boolean).join("  "), Math.max(10, width - left - 2));
    return [
      paint(role, kind.padEnd(kinds)),
      size.padStart(sizes),
      outside ? paint("bad", place.padEnd(places)) : place.padEnd(places),
      paint("quiet", right),
    ].join("  ");
  });
}

function first(log: AccessLog, limit: number): Access[] {
  const accesses: Access[] = [];
  if (limit <= 0) return accesses;
  for (const access of log) {
    accesses.push(access);
    if (accesses.length === limit) break;
  }
  return accesses;
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
