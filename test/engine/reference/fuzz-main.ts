/** `npm run fuzz -- [--seed N] [--count N]`: the long run of fuzz.ts. */
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.js";

/** Reported after each. */
const ROUND = 5000;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    count: { type: "string", default: "100000" },
  },
});
const [seed, count] = [Number(values.seed), Number(values.count)];
console.log(`seed ${seed}, ${count} instructions, reference engine`);
let compared = 0;
let differences = 0;
for (let done = 0; done < count; done += ROUND) {
  const result = fuzz("reference", seed + done, Math.min(ROUND, count - done));
  compared += result.compared;
  differences += result.differences.length;
  for (const difference of result.differences) console.log(difference);
  const tried = Math.min(done + ROUND, count);
  console.log(`${tried} tried, ${compared} completed and compared, ${differences} differences`);
}
process.exitCode = differences === 0 ? 0 : 1;
