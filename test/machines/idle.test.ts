import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { expectNothingLeft } from "../support/processes.js";
import { Embedder } from "./support/embedder.js";

const MEASURED_MS = 5_000;

describe("a session that is idle", () => {
  it("uses under 1% of a core, supervisor and tracer together", async () => {
    const app = new Embedder("idle");
    expect(await app.line()).to.equal("idle");
    await delay(1_000); // Node tidies up after a start
    const before = processorMs(app.pid);
    const start = performance.now();
    await delay(MEASURED_MS);
    const share = (processorMs(app.pid) - before) / (performance.now() - start);
    await app.kill();
    await expectNothingLeft();
    console.log(`        ${(100 * share).toFixed(2)}% of a core in ${MEASURED_MS / 1000} s`);
    expect(share).to.be.below(0.01);
  });
});

/** What all threads of a process have used so far, in user and kernel mode, in ms (proc(5)). */
function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [utime, stime] = [Number(fields[11]), Number(fields[12])];
  return ((utime + stime) * 1000) / ticksPerSecond();
}

function ticksPerSecond(): number {
  return Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
}
