/**
 * `npm run fuzz -- [--seed N] [--count N] [--engine auto|reference] [--high]`: the long run of fuzz.ts;
 * with `--high`, mostly of r14 and r15. `--histories [--busy] [--calls N]`: calls of libraries, histories-main.ts.
 */
import { parseArgs } from "node:util";
import { runHistories } from "../../oracle/histories-main.js";
import { highRegisterCode, randomCode } from "../../x86/random-code.js";
import { fuzz } from "./fuzz.js";

/** Reported after each. */
const ROUND = 5000;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    count: { type: "string", default: "100000" },
    engine: { type: "string", default: "auto" },
    high: { type: "boolean", default: false },
    histories: { type: "boolean", default: false },
    busy: { type: "boolean", default: false },
    calls: { type: "string", default: "10000" },
  },
});
const [seed, count] = [Number(values.seed), Number(values.count)];
if (values.histories) {
  console.log(`seed ${seed}, ${values.calls} calls, both engines`);
  process.exit((await runHistories(seed, Number(values.calls), values.busy)) === 0 ? 0 : 1);
}
const engine = values.engine === "reference" ? "reference" : "auto";
const codeOf = values.high ? highRegisterCode : randomCode;
console.log(`seed ${seed}, ${count} instructions, engine ${engine}`);
let compared = 0;
let differences = 0;
for (let done = 0; done < count; done += ROUND) {
  const result = await fuzz(engine, seed + done, Math.min(ROUND, count - done), codeOf);
  compared += result.compared;
  differences += result.differences.length;
  for (const difference of result.differences) console.log(difference);
  const tried = Math.min(done + ROUND, count);
  console.log(`${tried} tried, ${compared} completed and compared, ${differences} differences`);
}
process.exitCode = differences === 0 ? 0 : 1;
