import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { ROOT } from "../support/fixtures.js";
import { expectNothingLeft } from "../support/processes.js";
import { codeBlocks } from "./markdown.js";

const run = promisify(execFile);
const FOLDER = join(ROOT, "examples");
const README = readFileSync(join(FOLDER, "README.md"), "utf8");

/** Its own test starts it and asks it: machines/example.test.ts. */
const SERVICE = "embed/";

describe("the examples", () => {
  afterEach(() => expectNothingLeft());

  it("are linked, all of them, from where one reads of them", () => {
    const programs = readdirSync(FOLDER).filter((name) => name.endsWith(".mjs"));
    expect(programs).to.have.length.greaterThan(3);
    for (const name of [...programs, SERVICE]) expect(README).to.include(`](${name}`);
    for (const page of ["README.md", "docs/api.md", "docs/usage.md"]) {
      expect(readFileSync(join(ROOT, page), "utf8"), page).to.include("examples/README.md)");
    }
  });

  for (const title of ["Calls, and what they touched", "Sessions in a machine of your own"]) {
    it(`print what they are said to: ${title}`, async () => {
      const [command] = codeBlocks(README, title, "sh");
      const [shown] = codeBlocks(README, title, "text");
      const { stdout, stderr } = await run("sh", ["-c", command!], { cwd: ROOT });
      expect({ stdout, stderr }).to.deep.equal({ stdout: shown, stderr: "" });
    });
  }

  it("have a test of what a function may touch, which passes", async () => {
    const [command] = codeBlocks(README, "A test of what a native function may touch", "sh");
    // Not as a part of another run of Node's, should this be one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { stdout } = await run("sh", ["-c", command!], { cwd: ROOT, env });
    expect(stdout)
      .to.match(/\bpass 2\n/)
      .and.to.match(/\bfail 0\n/);
  });

  it("supervise a program from the command line as well", async () => {
    const command = [join(ROOT, "dist/cli/main.js"), "run", "--", process.execPath, "traced.mjs"];
    const { stdout, stderr } = await run(process.execPath, command, { cwd: FOLDER });
    expect({ stdout, stderr }).to.deep.equal({ stdout: "", stderr: "" });
  });
});
