import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileFixture, ROOT } from "../support/fixtures.js";

const CLI = join(ROOT, "dist/cli/main.js");
/** The program's own exit code, once it has made all its calls. */
const ALL_WELL = 7;
/** Many times what 1,000 calls take on a busy machine, in ms. */
const TIME_LIMIT = 600_000;

interface Event {
  readonly kind: string;
  readonly address: string;
  readonly size: number;
  readonly certain: boolean;
  readonly origin: string;
  readonly thread: number;
}

/** fixtures/oracle/busy.c. */
export function busyProgram(): string {
  const client = join(ROOT, "clients/c");
  const flags = ["-O1", "-pthread", `-I${client}`, join(client, "ffiscope.c")];
  return compileFixture("test/fixtures/oracle/busy.c", flags);
}

/** Of each call, what each of its threads accessed, in order; addresses from the heap's beginning. */
function callsOf(program: string, engine: string, words: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-busy-"));
  const file = join(folder, "events");
  try {
    const command = [CLI, "run", "--engine", engine, "--events", file, "--", program, ...words];
    const start = Number(printedBy(command));
    const lines = readFileSync(file, "utf8").trim().split("\n");
    return lines.map((line) => threadsOf(JSON.parse(line).events, start));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function printedBy(command: readonly string[]): string {
  try {
    execFileSync(process.execPath, command, { timeout: TIME_LIMIT, encoding: "utf8" });
  } catch (error) {
    const { status, stdout } = error as { status: number | null; stdout: string };
    if (status === ALL_WELL) return stdout;
    throw error;
  }
  throw new Error("the program has ended as if it had not begun");
}

function threadsOf(events: readonly Event[], start: number): string {
  const byThread = new Map<number, Event[]>();
  for (const event of events) {
    const own = byThread.get(event.thread);
    if (own) own.push(event);
    else byThread.set(event.thread, [event]);
  }
  const texts = [...byThread.values()].map((own) =>
    own
      .map(
        ({ kind, address, size, certain, origin }) =>
          `${origin} ${kind} ${Number(address) - start} ${size} ${certain}`,
      )
      .join("\n"),
  );
  return texts.sort().join("\n\n");
}

/**
 * One line for each call that the engines see differently, of a program whose threads map, fork,
 * spawn and send signals meanwhile; it guards its pages itself where `own`.
 */
export function busyDifferencesOf(seed: number, calls: number, own: boolean): string[] {
  const words = [`${seed}`, `${calls}`, own ? "1" : "0"];
  const program = busyProgram();
  const [auto, reference] = [
    callsOf(program, "auto", words),
    callsOf(program, "reference", words),
  ] as const;
  if (auto.length !== calls || reference.length !== calls) {
    return [`busy ${words.join(" ")}: ${auto.length} and ${reference.length} calls`];
  }
  return auto.flatMap((seen, i) => {
    if (seen === reference[i]) return [];
    const [a, b] = [seen.split("\n"), reference[i]!.split("\n")];
    const at = a.findIndex((access, row) => access !== b[row]);
    return [`busy ${words.join(" ")}, call ${i}: access ${at} is ${a[at]} and ${b[at]}`];
  });
}
