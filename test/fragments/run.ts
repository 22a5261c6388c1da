import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArguments } from "../../dist/cli/arguments/index.js";
import {
  type Access,
  type CallRecord,
  type CallResult,
  createSession,
  sessionEnd,
  traceCall,
} from "../../dist/index.js";
import { parsePrototype } from "../../dist/prototype/index.js";
import { compileFixture } from "../support/fixtures.js";

export type Engine = "auto" | "reference";

/** How a plain client has its heap: test/fixtures/fragments/client.h. */
export type Mode = "supervised" | "closing" | "shared" | "low" | "scattered" | "partial" | "moving";

/** What one call came to. */
export interface Seen {
  readonly outcome: string;
  readonly result: CallResult;
  /** For each thread, in order: `write 16+4 by libcases.so+0x12a0`, from the heap's start. */
  readonly accesses: readonly (readonly string[])[];
  readonly crash: string | null;
  readonly stats: NonNullable<CallRecord["stats"]>;
}

/** No case takes a tenth of it, in ms. */
const TIME_LIMIT = 120_000;

const FLAGS = ["-w", "-O2", "-mbmi", "-mbmi2", "-fno-tree-vectorize", "-pthread", "-g0"];
const CLIENT_HEAP = { plain: 0x1000_0000_0000, low: 0x2000_0000, high: 0x6000_0000_0000 };

const source = (fixture: string) => `test/fixtures/fragments/${fixture}`;

const libraryOf = (fixture: string) =>
  compileFixture(source(fixture), [...FLAGS, "-shared", "-fPIC", ...languageOf(fixture)]);

function programOf(fixture: string): string {
  const scope = "clients/c/ffiscope.c";
  const flags = ["-no-pie", "-DPROGRAM", "-x", "c", scope, "-x", "none", ...languageOf(fixture)];
  return compileFixture(source(fixture), [...FLAGS, ...flags]);
}

const languageOf = (fixture: string) => (fixture.endsWith(".c") ? [] : ["-lstdc++"]);

/** A case in the host of a traced call: the heap is one of our own, 64 KiB of it are the case's. */
export async function inHost(fixture: string, name: string, engine: Engine): Promise<Seen> {
  const signature = parsePrototype(`long ${name}(unsigned char *heap, long size)`);
  const args = parseArguments(signature, ["out:131072", "131072"], readFileSync);
  const library = libraryOf(fixture);
  const { record, buffers, result } = await traceCall({
    library,
    signature,
    args,
    engine,
    timeoutMs: TIME_LIMIT,
  });
  return { ...seenIn(record, buffers[0]!.address), result };
}

/** Cases in one plain client, each twice: the calls of each. */
export async function asClient(
  fixture: string,
  names: readonly string[],
  mode: Mode,
  engine: Engine,
): Promise<{ readonly calls: ReadonlyMap<string, readonly Seen[]>; readonly end: string }> {
  return inFolder(async (folder) => {
    const log = join(folder, "log");
    const records: CallRecord[] = [];
    const session = createSession({
      command: programOf(fixture),
      args: [mode, ...names],
      env: { ...(process.env as Record<string, string>), FRAGMENTS_LOG: log },
      engine,
      timeout: TIME_LIMIT,
    });
    session.on("call", ({ record }) => records.push(record));
    const end = sessionEnd(session);
    session.start();
    const output = await end;
    const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
    const calls = new Map<string, Seen[]>();
    for (const [i, record] of records.entries()) {
      const name = names[i >> 1]!;
      const result = /^case \w+ (-?\d+)$/.exec(lines[i] ?? "")?.[1] ?? null;
      const seen = { ...seenIn(record, heapOf(mode, i % 2)), result: result && Number(result) };
      calls.set(name, [...(calls.get(name) ?? []), seen]);
    }
    const failure = output.failure ? `${output.failure.code}: ${output.failure.message}` : null;
    const how = failure ?? output.violation ?? output.signal ?? output.exitCode;
    return { calls, end: typeof how === "object" ? JSON.stringify(how) : String(how) };
  });
}

function heapOf(mode: Mode, round: number): number {
  if (mode === "low" || (mode === "moving" && round === 0)) return CLIENT_HEAP.low;
  return mode === "moving" ? CLIENT_HEAP.high : CLIENT_HEAP.plain;
}

/** Results of the same cases without a supervisor, in order. */
export function untraced(fixture: string, names: readonly string[], mode: Mode): number[] {
  return inFolder((folder) => {
    const log = join(folder, "log");
    const env = { ...process.env, FRAGMENTS_LOG: log };
    execFileSync(programOf(fixture), [mode, ...names], { env, timeout: TIME_LIMIT });
    const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => Number(line.split(" ")[2]));
  });
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-fragments-"));
  const remove = () => rmSync(folder, { recursive: true });
  let result: T;
  try {
    result = work(folder);
  } catch (error) {
    remove();
    throw error;
  }
  if (result instanceof Promise) return result.finally(remove) as T;
  remove();
  return result;
}

function seenIn(record: CallRecord, heap: number): Omit<Seen, "result"> {
  const images = imagesIn(record.maps);
  const byThread = new Map<number, string[]>();
  for (const access of record.log) {
    const texts = byThread.get(access.thread);
    const text = textOf(access, heap, images);
    if (texts) texts.push(text);
    else byThread.set(access.thread, [text]);
  }
  const { crash, signal } = record;
  const at = crash && {
    signal,
    address: placeOf(Number(crash.address), heap, images),
    ip: codeOf(Number(crash.ip), images),
  };
  return {
    outcome: record.outcome,
    accesses: [...byThread.values()],
    crash: at && JSON.stringify(at),
    stats: record.stats!,
  };
}

/** In the heap, in a file, or neither. */
function placeOf(address: number, heap: number, images: readonly Image[]): string {
  if (Math.abs(address - heap) < 2 ** 24) return `heap+${address - heap}`;
  const isCode = images.some(({ start, end }) => address >= start && address < end);
  return isCode ? codeOf(address, images) : `0x${address.toString(16)}`;
}

function textOf(
  { kind, address, size, certain, ip, origin }: Access,
  heap: number,
  images: readonly Image[],
) {
  const what = `${kind}${certain || kind === "unknown" ? "" : "?"} ${address - heap}+${size}`;
  return `${what} by ${origin === "kernel" ? "the kernel at " : ""}${codeOf(ip, images)}`;
}

interface Image {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
  readonly name: string;
}

function imagesIn(maps: string): Image[] {
  return maps.split("\n").flatMap((line) => {
    const [, start, end, offset, name] =
      /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \d+\s+(\/.*)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const [from, to, at] = [start, end, offset].map((hex) => Number.parseInt(hex!, 16));
    return [{ start: from!, end: to!, offset: at!, name: basename(name) }];
  });
}

/** Code that no file stands behind, or not any more, is told by its place in its page. */
function codeOf(ip: number, images: readonly Image[]): string {
  const image = images.find(({ start, end }) => ip >= start && ip < end);
  if (!image) return `anonymous+0x${(ip % 4096).toString(16)}`;
  return `${image.name}+0x${(ip - image.start + image.offset).toString(16)}`;
}
