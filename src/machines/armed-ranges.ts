import { readdirSync } from "node:fs";
import {
  FfiscopeError,
  PAGE_SIZE,
  type Pid,
  type Tid,
  toHex,
  USER_SPACE_END,
} from "../model/index.js";
import { type Mapping, parseMappings, readMapsText } from "../native/index.js";
import type { ArmedRange } from "../workers/messages.js";

const BIG_PAGE = BigInt(PAGE_SIZE);

/** How /proc says that a task has been waited for. */
const GONE = new Set(["ENOENT", "ESRCH"]);

/**
 * A plain client's pages as runs of one protection, in order. They may come in any order and more
 * than once; a page that is not aligned or not mapped is refused. None of a child that has died since
 * it asked: its end is what counts.
 */
export function armedRanges(pid: Pid, pages: readonly (number | bigint)[]): ArmedRange[] {
  if (pages.length === 0) return [];
  const sorted = inOrder(pages);
  const mappings = mappingsOf(pid);
  if (mappings.length === 0) return [];
  const ranges: { start: number; end: number; protection: number }[] = [];
  let index = 0;
  for (const page of sorted) {
    while (index < mappings.length && mappings[index]!.end <= page) index++;
    const mapping = mappings[index];
    if (!mapping || mapping.start > page) throw pageRefused(page, "is not mapped");
    extend(ranges, page, mapping);
  }
  return ranges;
}

/** The pages as numbers, lowest first. Throws PAGE_REFUSED for what cannot be a page. */
function inOrder(pages: readonly (number | bigint)[]): Float64Array {
  const sorted = new Float64Array(pages.length);
  let ascending = true;
  for (let i = 0; i < pages.length; i++) {
    const page = pages[i]!;
    const number = Number(page);
    const aligned = typeof page === "number" ? page % PAGE_SIZE === 0 : page % BIG_PAGE === 0n;
    if (!aligned) throw pageRefused(page, "is not aligned to 4096");
    if (number >= USER_SPACE_END) throw pageRefused(page, "is not in user space");
    ascending &&= i === 0 || sorted[i - 1]! <= number;
    sorted[i] = number;
  }
  return ascending ? sorted : sorted.sort();
}

/** The memory of a process, from a thread that still has it; empty once it has died. */
export function mappingsOf(pid: Pid): Mapping[] {
  const text = readMapsText(pid); // a first thread that has exited has none
  if (text) return parseMappings(text);
  for (const tid of unlessGone(() => readdirSync(`/proc/${pid}/task`), [])) {
    const text = readMapsText(Number(tid) as Tid);
    if (text) return parseMappings(text);
  }
  return [];
}

function unlessGone<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code ?? "")) return otherwise;
    throw error;
  }
}

function extend(
  ranges: { start: number; end: number; protection: number }[],
  page: number,
  { protection }: Mapping,
): void {
  const last = ranges.at(-1);
  if (last && page < last.end) return; // held twice
  if (last?.end === page && last.protection === protection) last.end = page + PAGE_SIZE;
  else ranges.push({ start: page, end: page + PAGE_SIZE, protection });
}

function pageRefused(page: number | bigint, why: string): FfiscopeError {
  return new FfiscopeError({
    code: "PAGE_REFUSED",
    message: `page ${toHex(page)} of StartFfi ${why}`,
    remedy: "Send addresses of mapped pages, aligned to 4096 bytes",
  });
}
