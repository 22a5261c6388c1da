import type { Finding } from "../model/index.js";
import { frameSymbol } from "../symbols/index.js";
import type { Crash, SymbolSource } from "./call-report.js";

/** glibc's functions that take what malloc gave out. */
const RELEASES = /^libc\.so\.6!(free|cfree|realloc|reallocarray)\+/;

/** malloc(3) keeps the size of a block in the words before it (malloc_chunk in malloc.c). */
const CHUNK_HEAD = 16;

/**
 * The buffer of ours that the crashed call wanted to free, and by which function: glibc has read the
 * words before it, and then given up. Null where that is not so.
 */
export function releasedBuffer(
  { signal, backtrace }: Crash,
  findings: readonly Finding[],
  symbolizer: SymbolSource,
): { readonly by: string; readonly buffer: string } | null {
  if (signal !== "SIGABRT") return null;
  const by = backtrace
    .map((frame) => RELEASES.exec(frameSymbol(frame, symbolizer) ?? "")?.[1])
    .find((name) => name !== undefined);
  const read = findings.findLast(
    ({ kind, offset, size, ip }) =>
      kind === "out-of-bounds-read" &&
      offset >= -CHUNK_HEAD &&
      offset + size <= 0 &&
      symbolizer.imageOf(ip) === "libc.so.6",
  );
  return by !== undefined && read ? { by, buffer: read.buffer } : null;
}
