/** `npm run fuzz -- --calls-abi [--seed N] [--runs N]`: random signatures, held to the compiler's calls. */
import { parseArgs } from "node:util";
import { callDifferences } from "./compare-calls.js";

/** Functions of one library. */
const ROUND = 500;

const { values } = parseArgs({
  options: {
    "calls-abi": { type: "boolean" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    runs: { type: "string", default: "10000" },
  },
});
const [seed, runs] = [Number(values.seed), Number(values.runs)];
console.log(`calls-abi: seed ${seed}, ${runs} signatures`);
for (let done = 0; done < runs; done += ROUND) {
  const differences = await callDifferences(seed + done, Math.min(ROUND, runs - done));
  for (const line of differences) console.log(line);
  if (differences.length > 0) process.exitCode = 1;
  console.log(`calls-abi: ${Math.min(done + ROUND, runs)} signatures`);
}
