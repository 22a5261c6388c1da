import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect } from "chai";
import { scenarios } from "../scenarios/support/scenario.js";
import { ROOT } from "../support/fixtures.js";

const MOCHA = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");

interface Run {
  readonly code: number;
  readonly output: string;
  readonly lastLine: string;
}

/** Runs mocha as `npm test` does on one file of planted/. */
function run(planted: string, env: NodeJS.ProcessEnv = {}): Promise<Run> {
  return new Promise((resolve) => {
    const file = `.test-build/project/planted/${planted}.js`;
    const options = { cwd: ROOT, env: { ...process.env, CI: "", ...env }, timeout: 120_000 };
    execFile(process.execPath, [MOCHA, file], options, (error, stdout, stderr) => {
      const code = error ? Number(error.code) : 0;
      const output = stdout + stderr;
      resolve({ code, output, lastLine: stdout.trimEnd().split("\n").at(-1)! });
    });
  });
}

scenarios("the suite itself", (scenario) => {
  scenario("ends with the counts, and says why tests were skipped", async () => {
    const { code, output, lastLine } = await run("outcomes");
    expect(lastLine).to.equal("1 passed, 1 failed, 3 skipped");
    expect(output).to.include("  skipped: no such tool\n");
    expect(output).to.include("  2 skipped: no such instruction\n");
    expect(code).to.equal(1);
  });

  scenario("fails in CI where a tool is missing, and skips what the processor lacks", async () => {
    const { output, lastLine } = await run("outcomes", { CI: "true" });
    expect(lastLine).to.equal("1 passed, 2 failed, 2 skipped");
    expect(output).to.include("no such tool; in CI nothing may be missing");
  });

  scenario("counts a hook that fails, and the tests that it kept from running", async () => {
    const { code, lastLine } = await run("hook");
    expect(lastLine).to.equal("0 passed, 2 failed");
    expect(code).to.be.greaterThan(0);
  });

  scenario("fails and ends where a handle is left open, and names it", async () => {
    const { code, output, lastLine } = await run("timer");
    expect(output).to.match(/still open 5 s after the last test: Timeout/);
    expect(lastLine).to.equal("1 passed, 1 failed");
    expect(code).to.equal(1);
  });

  for (const [planted, kind] of [
    ["child", "a child process"],
    ["orphan", "an orphan"],
    ["session", "a session's tracee"],
  ] as const) {
    scenario(`fails where ${kind} is left, names it and ends it`, async () => {
      const { code, output, lastLine } = await run(planted);
      const left = /left behind: process (\d+) \(state \w\): sleep 3600/.exec(output);
      expect(left, output).not.to.equal(null);
      expect(lastLine).to.equal("1 passed, 1 failed");
      expect(code).to.equal(1);
      expect(() => readFileSync(join("/proc", left![1]!, "environ"))).to.throw();
    });
  }

  scenario("fails on a stray warning, and names the test", async () => {
    const { output, lastLine } = await run("warning");
    expect(output).to.include("stray warning: Warning: as planned (has a warning)");
    expect(lastLine).to.equal("1 passed, 1 failed");
  });

  scenario("fails on a skip without a reason", async () => {
    const { output, lastLine } = await run("unexplained");
    expect(output).to.include("skipped without a reason: is skipped without a reason");
    expect(lastLine).to.equal("0 passed, 1 failed, 1 skipped");
  });

  scenario("fails where a test ends the process", async () => {
    const { code, output, lastLine } = await run("exit");
    expect(output).to.include("the process ended before its tests did");
    expect(lastLine).to.equal("1 passed, 1 failed");
    expect(code).to.equal(1);
  });
});
