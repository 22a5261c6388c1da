import { readdirSync } from "node:fs";
import {
  FfiscopeError,
  finish,
  PAGE_SIZE,
  type Pid,
  type Steps,
  type Tid,
  type TraceeAddress,
  toHex,
  USER_SPACE_END,
} from "../model/index.js";
import { type MappingQuery, openMappingQuery } from "../native/memory/map-query.js";
import { type Mapping, parseMappings, readMapsText } from "../native/memory/maps.js";
import type { ProtectedRange } from "./protected-range.js";
import { sortInSteps } from "./sort-in-steps.js";

/** The message that asked for the pages. */
type Message = "StartFfi" | "StartRanges";

const BIG_PAGE = BigInt(PAGE_SIZE);

/**
 * Runs of pages of one protection, at most: each becomes a mapping of its own while it is guarded, and
 * a process has no more (vm.max_map_count, unless its administrator raised it).
 */
const MAX_RUNS = 2 ** 16;

/** Pages and mappings that are looked at in a step: about a millisecond each. */
const PAGES_A_STEP = 2 ** 16;
const LOOKUPS_A_STEP = 2 ** 8;

/** How /proc says that a task has been waited for. */
const GONE = new Set(["ENOENT", "ESRCH"]);

/** `[start, end)` in bytes. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** What a child says that it hands over. */
export interface PageRequest {
  readonly message: Message;
  /** In order, none touching another. */
  readonly spans: readonly Span[];
}

/**
 * Pages, in any order, some perhaps more than once. Throws PAGE_REFUSED for what cannot be a page, and
 * for more than {@link MAX_RUNS} runs of them.
 */
export function parsePageRequest(pages: readonly (number | bigint)[]): PageRequest {
  const numbers = new Float64Array(pages.length);
  for (let i = 0; i < pages.length; i++) numbers[i] = checkPage(pages[i]!, "StartFfi");
  return { message: "StartFfi", spans: finish(runsOf(finish(sortInSteps(numbers)))) };
}

/** As {@link parsePageRequest}, in steps; `pages` is sorted in place. */
export function* parsePageList(pages: Float64Array): Steps<PageRequest> {
  for (let i = 0; i < pages.length; i++) {
    checkPage(pages[i]!, "StartFfi");
    if (i % PAGES_A_STEP === 0) yield;
  }
  const sorted = yield* sortInSteps(pages);
  return { message: "StartFfi", spans: yield* runsOf(sorted) };
}

/** As {@link parsePageRequest}, ranges: `[start, size]` in bytes. */
export function parseRangeRequest(
  ranges: readonly (readonly [start: number | bigint, size: number | bigint])[],
): PageRequest {
  const message = "StartRanges";
  const spans = ranges.map(([start, size]): Span => {
    for (const number of [start, size]) checkPage(number, message);
    return { start: Number(start), end: Number(start) + Number(size) };
  });
  return { message, spans: joined(spans) };
}

/**
 * What a plain client hands over as runs of one protection, in order. Throws PAGE_REFUSED for a page
 * that is not mapped. None of a child that has died since it asked: its end is what counts. `kept`: the
 * child's mappings, where the caller keeps them open.
 */
export function handedPages(
  pid: Pid,
  request: PageRequest,
  kept: MappingQuery | null = null,
): ProtectedRange[] {
  return finish(lookUpPages(pid, request, kept));
}

/** As {@link handedPages}, in steps. */
export function* lookUpPages(
  pid: Pid,
  { spans, message }: PageRequest,
  kept: MappingQuery | null = null,
): Steps<ProtectedRange[]> {
  if (spans.length === 0) return [];
  const query = kept ?? openMappingQuery(pid);
  try {
    const asked = query && (yield* armed(message, spans, (address) => query.atOrAfter(address)));
    if (asked && !isRefusal(asked)) return asked;
  } finally {
    if (query !== kept) query?.close();
  }
  const mappings = mappingsOf(pid);
  if (mappings.length === 0) return []; // it has died
  const found = yield* armed(message, spans, lookupIn(mappings));
  if (isRefusal(found)) throw pageRefused(message, found.notMapped, "is not mapped");
  return found;
}

/** Overlapping and neighbouring spans as one, in order. */
function joined(spans: readonly Span[]): Span[] {
  const all: { start: number; end: number }[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = all.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else if (end > start) all.push({ start, end });
  }
  return all;
}

function* runsOf(sorted: Float64Array): Steps<Span[]> {
  const runs: { start: number; end: number }[] = [];
  let last = { start: -1, end: -1 };
  for (let i = 0; i < sorted.length; i++) {
    if (i % PAGES_A_STEP === PAGES_A_STEP - 1) yield;
    const page = sorted[i]!;
    const end = page + PAGE_SIZE;
    if (page <= last.end) {
      last.end = end; // held twice, or the next
      continue;
    }
    last = { start: page, end };
    if (runs.push(last) > MAX_RUNS) throw tooManyRuns("StartFfi");
  }
  return runs;
}

/** Finds the mapping that an address lies in, or the next one. Addresses only grow. */
type Lookup = (address: number) => Pick<Mapping, "start" | "end" | "protection"> | null;

function lookupIn(mappings: readonly Mapping[]): Lookup {
  let index = 0;
  return (address) => {
    while (index < mappings.length && mappings[index]!.end <= address) index++;
    return mappings[index] ?? null;
  };
}

interface Refusal {
  readonly notMapped: number;
}

function isRefusal(found: ProtectedRange[] | Refusal): found is Refusal {
  return "notMapped" in found;
}

/** The spans, split where the protection changes. */
function* armed(
  message: Message,
  spans: readonly Span[],
  lookup: Lookup,
): Steps<ProtectedRange[] | Refusal> {
  const ranges: { start: TraceeAddress; end: TraceeAddress; protection: number }[] = [];
  let lookups = 0;
  let mapping: ReturnType<Lookup> = null;
  for (const span of spans) {
    for (let at = span.start; at < span.end; ) {
      if (mapping === null || at >= mapping.end) {
        mapping = lookup(at);
        if (++lookups % LOOKUPS_A_STEP === 0) yield;
      }
      if (!mapping || mapping.start > at) return { notMapped: at };
      if (ranges.length > MAX_RUNS) throw tooManyRuns(message);
      const end = Math.min(mapping.end, span.end) as TraceeAddress;
      const last = ranges.at(-1);
      if (last?.end === at && last.protection === mapping.protection) last.end = end;
      else ranges.push({ start: at as TraceeAddress, end, protection: mapping.protection });
      at = end;
    }
  }
  return ranges;
}

function checkPage(page: number | bigint, message: Message): number {
  const aligned = typeof page === "number" ? page % PAGE_SIZE === 0 : page % BIG_PAGE === 0n;
  if (!aligned) throw pageRefused(message, page, "is not aligned to 4096");
  const number = Number(page);
  if (number >= USER_SPACE_END) throw pageRefused(message, page, "is not in user space");
  return number;
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

function tooManyRuns(message: Message): FfiscopeError {
  return new FfiscopeError({
    code: "PAGE_REFUSED",
    message: `${message} hands over more than ${MAX_RUNS} separate runs of pages`,
    remedy: "Hand over memory that lies together: a process cannot guard more",
  });
}

function pageRefused(message: Message, page: number | bigint, why: string): FfiscopeError {
  return new FfiscopeError({
    code: "PAGE_REFUSED",
    message: `page ${toHex(page)} of ${message} ${why}`,
    remedy: "Send addresses of mapped pages, aligned to 4096 bytes",
  });
}
