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

/** How /proc says that a task has been waited for. */
const GONE = new Set(["ENOENT", "ESRCH"]);

/**
 * A plain client's pages as runs of one protection, in order. They may come in any order and more
 * than once; a page that is not aligned or not mapped is refused. None of a child that has died since
 * it asked: its end is what counts.
 */
export function armedRanges(pid: Pid, pages: readonly (number | bigint)[]): ArmedRange[] {
  if (pages.length === 0) return [];
  const unaligned = pages.find((page) => BigInt(page) % BigInt(PAGE_SIZE) !== 0n);
  if (unaligned !== undefined) throw pageRefused(unaligned, "is not aligned to 4096");
  const beyond = pages.find((page) => page >= USER_SPACE_END);
  if (beyond !== undefined) throw pageRefused(beyond, "is not in user space");
  const sorted = Float64Array.from(pages, Number).sort();
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

/** The memory of a process, from a thread that still has it; empty once it has died. */
export function mappingsOf(pid: Pid): Mapping[] {
  for (const tid of unlessGone(() => readdirSync(`/proc/${pid}/task`), [])) {
    const text = unlessGone(() => readMapsText(Number(tid) as Tid), "");
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
