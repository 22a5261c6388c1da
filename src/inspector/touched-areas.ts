import { type AccessLog, type HeapBuffer, type TraceeAddress, toHex } from "../model/index.js";

const PAGE = 4096;

/** Untouched bytes between two areas: fewer are part of one. */
const GAP = 64;

/** Pages that are looked at; a call that touches more is shown in part. */
const MAX_PAGES = 4096;

/**
 * The memory that a call touched, where nobody has said what its buffers are: runs of touched
 * bytes, by address, as buffers that are called by their addresses.
 */
export function touchedAreas(log: AccessLog): HeapBuffer[] {
  const pages = touchedPages(log);
  const areas: { start: number; end: number }[] = [];
  for (const page of [...pages.keys()].sort((a, b) => a - b)) {
    const marks = pages.get(page)!;
    for (let at = marks.indexOf(1); at >= 0; at = marks.indexOf(1, at + 1)) {
      const address = page * PAGE + at;
      const last = areas.at(-1);
      if (last && address - last.end < GAP) last.end = address + 1;
      else areas.push({ start: address, end: address + 1 });
    }
  }
  return areas.map(({ start, end }) => ({
    ...{ name: toHex(start), arg: -1, address: start as TraceeAddress },
    ...{ size: end - start, const: false },
  }));
}

/** The touched bytes of each page, by the page's number. */
function touchedPages(log: AccessLog): Map<number, Uint8Array> {
  const pages = new Map<number, Uint8Array>();
  for (const { address, size, length } of log.batches) {
    for (let row = 0; row < length; row++) {
      const end = address[row]! + size[row]!;
      for (let at = address[row]!; at < end; ) {
        const page = Math.floor(at / PAGE);
        const pageEnd = Math.min(end, (page + 1) * PAGE);
        let marks = pages.get(page);
        if (marks === undefined) {
          if (pages.size === MAX_PAGES) return pages;
          marks = new Uint8Array(PAGE);
          pages.set(page, marks);
        }
        marks.fill(1, at - page * PAGE, pageEnd - page * PAGE);
        at = pageEnd;
      }
    }
  }
  return pages;
}
