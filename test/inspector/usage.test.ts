import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { codeBlocks } from "../project/markdown.js";
import { ROOT } from "../support/fixtures.js";
import { expectNothingLeft } from "../support/processes.js";

describe("docs/usage.md, on the inspector", () => {
  afterEach(() => expectNothingLeft());

  it("has a program that runs as it stands, and ends", async () => {
    const [code] = codeBlocks(readFileSync(join(ROOT, "docs/usage.md"), "utf8"), "inspect", "js");
    mkdirSync(join(ROOT, ".test-build"), { recursive: true });
    const folder = mkdtempSync(join(ROOT, ".test-build/inspected-")); // where `ffiscope` resolves
    try {
      const file = join(folder, "inspected.mjs");
      writeFileSync(file, code!);
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [file]);
      expect(stdout).to.match(/^open http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/\n$/);
      expect(stderr).to.equal("");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
