import { expect } from "chai";
import { batchesOf, LONGEST, testFiles } from "./batches.js";
import { failuresOf } from "./failures.js";
import { runBatch } from "./run-batch.js";

const planted = (...names: string[]) => names.map((name) => `project/planted/${name}.js`);

describe("the runner of the tests", () => {
  it("runs every test file once", () => {
    const files = testFiles();
    expect(files).to.include("runner/runner.test.js");
    expect(batchesOf(files).flat()).to.have.members(files);
  });

  it("begins with what takes longest", () => {
    expect(testFiles()).to.include.members([...LONGEST]);
    expect(batchesOf(testFiles()).flat().slice(0, LONGEST.length)).to.deep.equal(LONGEST);
  });

  it("takes a batch's counts from its last line, and what it printed before", async () => {
    const { counts, output } = await runBatch(planted("outcomes"));
    expect(counts.passed).to.equal(1);
    expect(counts.failed + counts.skipped).to.equal(4);
    expect(output)
      .to.include("no such tool")
      .and.not.to.match(/^\d+ passed/m);
  });

  it("counts a failure where a batch's process is killed", async () => {
    const { counts, output } = await runBatch(planted("killed"));
    expect(counts).to.deep.equal({ passed: 0, failed: 1, skipped: 0 });
    expect(output).to.match(/mocha ended with SIGKILL, and without its counts\n$/);
  });

  it("counts a failure where a file cannot be loaded", async () => {
    const { counts, output } = await runBatch(planted("nothing-there"));
    expect(counts.failed).to.equal(1);
    expect(output).to.include("nothing-there");
  });

  it("counts a failure of a hook", async () => {
    const { counts } = await runBatch(planted("warning", "timer"));
    expect(counts.passed).to.equal(2);
    expect(counts.failed).to.be.at.least(1);
  });

  it("prints at its end what failed: titles, messages and stacks", async () => {
    const { output } = await runBatch(planted("outcomes"));
    expect(failuresOf([output]))
      .to.match(/^ {2}\d failing\n/)
      .and.to.match(/1\) planted\s+fails:\s+Error: as planned\s+at /)
      .and.not.to.include("✔");
  });

  it("prints at its end what a batch said last that did not come to its failures", async () => {
    const { output } = await runBatch(planted("killed"));
    expect(failuresOf([output])).to.match(/without its counts\n$/);
  });

  it("prints no more of the failures than the end of a log holds", () => {
    const list = `  2 failing\n\n  1) first\n${"    at x\n".repeat(9_000)}  2) last\n`;
    const printed = failuresOf([`  a suite\n${list}`, list, "silent\n".repeat(9_000)]);
    expect(printed.length).to.be.below(25_000);
    expect(printed.match(/2 failing/g)).to.have.length(2);
    expect(printed.match(/1\) first/g)).to.have.length(2);
    expect(printed.match(/2\) last/g)).to.have.length(2);
    expect(printed).to.match(/stands further above …\]\n[^2]*silent\n$/);
  });
});
