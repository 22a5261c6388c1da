/**
 * `npm run fuzz -- --frames|--orders|--prototypes|--declarations|--elf [--seed N] [--runs N]`: the long run of a
 * property's fuzzer, which shrinks what it finds. Several may be named. With none of them it is the
 * fuzzer of instructions, with that one's options (engine/reference/fuzz-main.ts); with `--faults` that
 * of faults (faults/main.ts); with `--calls-abi` that of calls (abi/main.ts).
 */
import { parseArgs } from "node:util";
import { fuzzDeclarations } from "./declarations.js";
import { fuzzElfFiles, smallLibrary } from "./elf-files.js";
import { fuzzPayloads, fuzzStreams } from "./frames.js";
import { fuzzOrders } from "./orders.js";
import { type FuzzRun, type Totals, totalsText } from "./property.js";
import { fuzzPrototypes } from "./prototypes.js";

const FUZZERS: Readonly<Record<string, (run: FuzzRun, totals: Totals) => Totals>> = {
  frames: (run, totals) => fuzzStreams(run, fuzzPayloads(run, totals)),
  orders: fuzzOrders,
  prototypes: fuzzPrototypes,
  declarations: fuzzDeclarations,
  elf: (run, totals) => fuzzElfFiles(run, smallLibrary(), totals),
};

/** Reported after each. */
const ROUND = 20_000;

const named = Object.keys(FUZZERS).filter((name) => process.argv.includes(`--${name}`));
if (process.argv.includes("--faults")) {
  await import("../faults/main.js");
} else if (process.argv.includes("--calls-abi")) {
  await import("../abi/main.js");
} else if (named.length === 0) {
  await import("../engine/reference/fuzz-main.js");
} else {
  const flag = { type: "boolean" } as const;
  const { values } = parseArgs({
    options: {
      ...{ frames: flag, orders: flag, prototypes: flag, declarations: flag, elf: flag },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      runs: { type: "string", default: "100000" },
    },
  });
  const [seed, runs] = [Number(values.seed), Number(values.runs)];
  for (const name of named) process.exitCode = fuzz(name, seed, runs) ? process.exitCode : 1;
}

/** Whether nothing was found. */
function fuzz(name: string, seed: number, runs: number): boolean {
  const totals: Totals = new Map();
  console.log(`${name}: seed ${seed}, ${runs} runs`);
  for (let done = 0; done < runs; done += ROUND) {
    const round = { seed: (seed + done) | 0, runs: Math.min(ROUND, runs - done) };
    try {
      FUZZERS[name]!(round, totals);
    } catch (error) {
      console.log(`${name}: after ${done} runs, in the ${round.runs} of seed ${round.seed}:`);
      console.log(error instanceof Error ? error.message : error);
      console.log((error as Error).cause ?? "");
      return false;
    }
    console.log(`${name}: ${done + round.runs} runs, ${totalsText(totals)}`);
  }
  return true;
}
