/**
 * `npm test`: every test file, one batch more at a time than there are processors (four at most),
 * each in a mocha of its own, which sees to it that it leaves nothing behind. What a batch printed
 * comes in one piece, when it has ended. Every failure comes again at the end; the last line has the
 * counts of all.
 */
import { availableParallelism } from "node:os";
import { lineOf, sum } from "../support/counts.js";
import { type Batch, batchesOf, testFiles } from "./batches.js";
import { failuresOf } from "./failures.js";
import { type Outcome, runBatch } from "./run-batch.js";

/**
 * One more than there are processors, for a quarter of a batch's time is waiting: no verdict depends on the
 * time that something takes. Not all that a large machine has: a container may be allowed few of them, and
 * Node does not say.
 */
const WIDTH = Math.min(availableParallelism() + 1, 4);

const start = performance.now();
const waiting = batchesOf(testFiles());
const outcomes: Outcome[] = [];
const failed: { batch: Batch; output: string }[] = [];

async function runWaiting(): Promise<void> {
  for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
    const begin = performance.now();
    const outcome = await runBatch(batch);
    outcomes.push(outcome);
    if (outcome.counts.failed > 0) failed.push({ batch, output: outcome.output });
    process.stdout.write(`\n  == ${batch.join(", ")}: ${since(begin)}\n${outcome.output}`);
  }
}

function since(begin: number): string {
  return `${((performance.now() - begin) / 1000).toFixed(1)} s`;
}

await Promise.all(Array.from({ length: WIDTH }, runWaiting));
const counts = sum(outcomes.map((outcome) => outcome.counts));
console.log(`\n  all tests: ${since(start)}`);
process.stdout.write(failuresOf(failed.map(({ output }) => output)));
for (const { batch } of failed) console.log(`  failed: ${batch.join(", ")}`);
if (counts.passed === 0) console.log("  no test passed");
console.log(lineOf(counts));
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
