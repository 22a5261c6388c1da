/**
 * `npm run fuzz -- --faults [--seed N] [--cases N] [--only TEXT] [--write]`: each error of each system
 * call that is made for a session, in each state of its machine. `--write`: the table of
 * docs/reliability.md. Started again with the fault seam in place.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compileFixture } from "../support/fixtures.js";
import { ERRNOS, type ErrnoName, STATES } from "./calls.js";
import { census, type FaultRow, runFault, runSignal, SIGNALS } from "./faults.js";
import { threadsEnded } from "./left.js";
import { writeTable } from "./table.js";
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
    only: { type: "string", default: "" },
    write: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const random = randomOf(seed);
const flags = ["-Wall", "-Wextra", "-Werror", "-O1", "-pthread"];
const command = [compileFixture("test/fixtures/hostile/flood.c", flags), "work", "5000"];
const seen = await census(plan, command);
const all = seen
  .flatMap(([call, state]) =>
    (Object.keys(ERRNOS) as ErrnoName[]).map((errno) => ({ call, state, errno })),
  )
  .filter(({ call, state, errno }) => `${call} ${state} ${errno}`.includes(values.only));
const cases = shuffled(all).slice(0, Number(values.cases));
console.log(
  `seed ${seed}: ${cases.length} of ${all.length} faults, ${seen.length} calls and states`,
);
const rows: FaultRow[] = [];
let [missed, bad] = [0, 0];
const living = STATES.slice(0, STATES.indexOf("exited")); // later there is nobody to signal
for (const state of values.only === "" ? living : []) {
  for (const signal of SIGNALS) {
    const trial = await runSignal(command, state, signal);
    if (trial === null) continue;
    rows.push({ call: `${signal} to the tracee`, state, errno: "", trial });
    if (isBad(trial)) bad++;
    if (isBad(trial)) console.log(`BAD ${signal} in ${state}: ${JSON.stringify(trial)}`);
  }
}
console.log(`${rows.length} signals, ${bad} bad`);
for (const [index, fault] of cases.entries()) {
  const skip = random() < 0.5 ? 0 : Math.floor(random() * 8);
  let trial = await runFault(plan, command, fault, skip);
  trial ??= await runFault(plan, command, fault, 0);
  if (trial === null) {
    await threadsEnded(); // a new one makes more calls
    trial = await runFault(plan, command, fault, 0);
  }
  if (trial === null) missed++;
  else {
    rows.push({ ...fault, trial });
    if (isBad(trial)) {
      bad++;
      console.log(`BAD ${fault.call} ${fault.errno} in ${fault.state}: ${JSON.stringify(trial)}`);
      const after = await runTrial(
        command,
        () => {},
        () => {},
      );
      if (after.outcome !== "served") console.log(`  and after it: ${JSON.stringify(after)}`);
    }
  }
  if (index % 10 === 9)
    console.log(
      `${Math.round(performance.now() / 1000)} s: ${index + 1} of ${cases.length}: ${missed} not made, ${bad} bad`,
    );
}
const totals = new Map<string, number>();
for (const { trial } of rows) totals.set(trial.outcome, (totals.get(trial.outcome) ?? 0) + 1);
console.log(`${rows.length} faults, ${bad} bad: ${JSON.stringify(Object.fromEntries(totals))}`);
if (values.write) writeTable(rows, seed);
process.exit(bad === 0 ? 0 : 1); // a session that hangs would keep it

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
