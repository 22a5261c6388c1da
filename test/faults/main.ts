/**
 * `npm run fuzz -- --faults [--seed N] [--cases N] [--times N] [--minutes N] [--only TEXT]... [--write]`:
 * what can happen to a session, in each state of its machine: each error of each system call that is made
 * for it, and what befalls its program, its line, its supervisor and its disk. `--times`: of each; else
 * once, and three times. `--minutes`: no longer. `--only`: whose name has that text; with a call's errors,
 * which begins with one. `--write`: the table of docs/reliability.md. Started again with the fault seam
 * in place.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compileFixture } from "../support/fixtures.js";
import { CALLS } from "./calls.js";
import type { FaultCase, FaultRow } from "./cases.js";
import { errnoCases } from "./errno-cases.js";
import { threadsEnded } from "./left.js";
import { diskCases, supervisorCases } from "./supervisor-cases.js";
import { writeTable } from "./table.js";
import { traceeCases } from "./tracee-cases.js";
import { isBad, runTrial } from "./trial.js";

const PRELOAD = new URL("./preload.js", import.meta.url);

if (!process.execArgv.some((arg) => arg.endsWith("faults/preload.js"))) {
  const self = fileURLToPath(new URL("./main.js", import.meta.url));
  const args = ["--import", fileURLToPath(PRELOAD), self, ...process.argv.slice(2)];
  const { status, signal } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (signal !== null) console.log(`the run has ended with ${signal}`);
  process.exit(status ?? 1);
}
const { plan } = await import("./preload.js");
const { values } = parseArgs({
  options: {
    faults: { type: "boolean" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    cases: { type: "string", default: "1000000" },
    times: { type: "string" },
    minutes: { type: "string", default: "600" },
    only: { type: "string", multiple: true, default: [] },
    write: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const random = randomOf(seed);
const flags = ["-Wall", "-Wextra", "-Werror", "-O1", "-pthread"];
const flood = compileFixture("test/fixtures/hostile/flood.c", flags);
const faulty = compileFixture("test/fixtures/hostile/faulty.c", flags);
const usual = [flood, "work", "5000"];
const spilling = [flood, "loads", "2200000"]; // 37 MB of events

const rows: FaultRow[] = [];
let [missed, bad] = [0, 0];
await run().catch((error: unknown) => {
  console.log(error); // as an uncaught one it would be a trial's
  process.exit(1);
});
process.exit(bad === 0 ? 0 : 1); // a session that hangs would keep it

async function run(): Promise<void> {
  const repeated = [
    ...traceeCases(faulty),
    ...supervisorCases(faulty, random),
    ...diskCases(spilling),
  ];
  const asked = ({ fault, state, errno }: FaultCase) =>
    isAsked((text) => `${fault} ${state} ${errno}`.trim().includes(text));
  const failing = [
    ...(isAsked((text) => CALLS.some((call) => text.startsWith(call) || call.startsWith(text)))
      ? await errnoCases(plan, usual, random)
      : []),
    ...(isAsked((text) => text.startsWith("spill")) ? await spillCases() : []),
  ];
  const rounds = Number(values.times ?? 3);
  const all = Array.from({ length: rounds }, (_, round) =>
    // A run that is ended early has had most of them once.
    shuffled([
      ...repeated.filter(asked),
      ...(round < Number(values.times ?? 1) ? failing.filter(asked) : []),
    ]),
  ).flat();
  const cases = all.slice(0, Number(values.cases));
  console.log(`seed ${seed}: ${cases.length} of ${all.length} faults`);

  for (const [index, one] of cases.entries()) {
    if (seconds() > 60 * Number(values.minutes)) break;
    await runCase(one);
    if (index % 20 === 19)
      console.log(`${seconds()} s: ${index + 1} of ${cases.length}: ${totals()}`);
  }
  const left = await threadsEnded();
  if (left.length > 0) {
    bad++;
    console.log(`BAD after all of them: ${left}`);
  }
  console.log(`${seconds()} s: ${rows.length} faults, ${bad} bad: ${totals()}`);
  if (values.write) writeTable(rows, seed);
}

/** All are, or those of which some text of `--only` is said. */
function isAsked(says: (text: string) => boolean): boolean {
  return values.only.length === 0 || values.only.some(says);
}

/** What fails where events are too many for memory: of that call, the file's alone. */
async function spillCases(): Promise<FaultCase[]> {
  const cases = await errnoCases(plan, spilling, random);
  return cases.filter(({ fault }) => fault.startsWith("spill "));
}

async function runCase({ fault, state, errno, run }: FaultCase): Promise<void> {
  const trial = (await run(0)) ?? (await run(1)) ?? (await run(2));
  if (trial === null) {
    missed++;
    return;
  }
  rows.push({ fault, state, errno, trial });
  if (process.env.FAULT_STACK) console.log(`${fault} ${state} ${errno}: ${trial.outcome}`);
  if (!isBad(trial)) return;
  bad++;
  console.log(`BAD ${fault} ${state} ${errno}: ${JSON.stringify(trial)}`);
  const after = await runTrial(
    usual,
    () => {},
    () => {},
  );
  if (after.outcome !== "served") console.log(`  and after it: ${JSON.stringify(after)}`);
}

function totals(): string {
  const counts = new Map<string, number>();
  for (const { trial } of rows) counts.set(trial.outcome, (counts.get(trial.outcome) ?? 0) + 1);
  return `${missed} not made, ${bad} bad, ${JSON.stringify(Object.fromEntries(counts))}`;
}

function seconds(): number {
  return Math.round(performance.now() / 1000);
}

function shuffled<T>(list: readonly T[]): T[] {
  const keyed = list.map((one) => [random(), one] as const);
  return keyed.sort(([a], [b]) => a - b).map(([, one]) => one);
}

/** xorshift32: the same numbers for the same seed. */
function randomOf(start: number): () => number {
  let state = start | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
