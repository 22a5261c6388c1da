import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArguments } from "../../dist/cli/arguments/index.js";
import { parsePrototype } from "../../dist/prototype/index.js";
import { traceCall } from "../../dist/scope/index.js";
import { compileFixture, ROOT } from "../support/fixtures.js";

/** What a run of a fixture (test/fixtures/syscalls/cases.h) came to. */
export interface Run {
  /** What the fixture wrote down, less the expected accesses: results, and what it checked. */
  readonly log: readonly string[];
  /** The accesses of the heap that it expects of the kernel, as `read OFFSET SIZE`. */
  readonly expected: readonly string[];
  /** Those that were recorded; none in an untraced run. */
  readonly recorded: readonly string[];
  /** Its own accesses that it counted, as `read OFFSET SIZE`; and all that were recorded of its own. */
  readonly counted: readonly string[];
  readonly own: readonly string[];
  /** Of the heap, afterwards. */
  readonly content: Buffer;
}

/**
 * A plain client: the supervisor guards its heap; or it does itself; or it is MAP_SHARED; or only every
 * other page is told of.
 */
export type ClientMode = "supervised" | "closing" | "shared" | "alternate";

const PAGE = 4096;

/** As client.h has it. */
const HEAP_BYTES = 64 * PAGE;

/** No fixture takes a tenth of it, in ms. */
const TIME_LIMIT = 120_000;

interface Access {
  readonly kind: string;
  readonly address: number | string;
  readonly size: number;
  readonly origin: string;
}

interface Outcome {
  readonly content: Buffer;
  readonly accesses: readonly Access[];
}

export function runUntraced(name: string): Promise<Run> {
  return logged(async (env) => {
    const content = await output(program(name), ["untraced"], env);
    return { content, accesses: [] };
  });
}

/** As a library, in the host of a traced call: the heap is one of our own. */
export function runInHost(name: string): Promise<Run> {
  return logged(async (env) => {
    const signature = parsePrototype("long run(unsigned char *heap, long size)");
    const args = parseArguments(signature, [`out:${HEAP_BYTES}`, String(HEAP_BYTES)], readFileSync);
    const library = compileFixture(source(name), ["-w", "-pthread", "-shared", "-fPIC"]);
    const { record, buffers } = await withEnvironment(env, () =>
      traceCall({ library, signature, args, timeoutMs: TIME_LIMIT }),
    );
    if (record.outcome !== "returned") throw new Error(`the fixture ${record.outcome}`);
    return { content: Buffer.from(buffers[0]!.content), accesses: [...record.log] };
  });
}

/** As a plain client of the protocol. */
export function runAsClient(name: string, mode: ClientMode): Promise<Run> {
  return logged(async (env, folder) => {
    const events = join(folder, "events");
    const cli = join(ROOT, "dist/cli/main.js");
    const args = [cli, "run", "--events", events, "--", program(name), mode];
    const content = await output(process.execPath, args, env);
    return { content, accesses: JSON.parse(readFileSync(events, "utf8")).events };
  });
}

const source = (name: string) => `test/fixtures/syscalls/${name}.c`;

function program(name: string): string {
  return compileFixture(source(name), ["-w", "-pthread", "-DPROGRAM"]);
}

async function logged(
  work: (env: Record<string, string>, folder: string) => Promise<Outcome>,
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-syscalls-"));
  const file = join(folder, "log");
  const lines = () => readFileSync(file, "utf8").trim().split("\n");
  try {
    const { content, accesses } = await work(
      { SYSCALLS_LOG: file, SYSCALLS_FOLDER: folder },
      folder,
    );
    const [first, ...log] = lines();
    const start = Number(first!.split(" ")[1]);
    const recordedOf = (origin: string) =>
      accesses
        .filter((access) => access.origin === origin)
        .map(({ kind, address, size }) => `${kind} ${Number(address) - start} ${size}`);
    const isExpectation = (line: string) => /^(read|write|unknown) /.test(line);
    return {
      content,
      recorded: recordedOf("kernel"),
      own: recordedOf("user"),
      counted: log.flatMap(countedIn),
      log: log.filter((line) => !isExpectation(line)),
      expected: log.filter(isExpectation),
    };
  } catch (error) {
    throw new Error(`${(error as Error).message}; the fixture said: ${tail(lines)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Single bytes: `user read OFFSET COUNT`. */
function countedIn(line: string): string[] {
  const [, kind, offset, count] = /^user (read|write) (\d+) (\d+)$/.exec(line) ?? [];
  return new Array(Number(count ?? 0)).fill(`${kind} ${offset} 1`);
}

function tail(lines: () => string[]): string {
  try {
    return lines().slice(-5).join(" | ");
  } catch {
    return "nothing";
  }
}

let turn: Promise<unknown> = Promise.resolve();

/** One at a time: there is one environment. */
function withEnvironment<T>(
  env: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  const mine = turn.then(() => inEnvironment(env, work));
  turn = mine.catch(() => {}); // it is reported by its own
  return mine;
}

async function inEnvironment<T>(
  env: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  Object.assign(process.env, env);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(env)) delete process.env[name];
  }
}

/** What a program writes to its standard output. Rejects unless it exits with 0, and in time. */
function output(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TIME_LIMIT,
    });
    const chunks: Buffer[] = [];
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      errors += chunk;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(Buffer.concat(chunks));
      else reject(new Error(`${command} ended with ${signal ?? code}: ${errors}`));
    });
  });
}

/** The parts of expected accesses that lie in every other page, as mode `alternate` has them. */
export function inAlternatePages(expected: readonly string[]): string[] {
  return expected.flatMap((line) => {
    const [kind, offset, size] = line.split(" ");
    const end = Number(offset) + Number(size);
    const parts: string[] = [];
    for (let at = Number(offset); at < end; ) {
      const page = Math.floor(at / PAGE);
      const next = Math.min(end, (page + 1) * PAGE);
      if (page % 2 === 0) parts.push(`${kind} ${at} ${next - at}`);
      at = next;
    }
    return parts;
  });
}
