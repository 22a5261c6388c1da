import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { ROOT } from "../support/fixtures.js";
import { expectNothingLeft } from "../support/processes.js";
import { codeBlocks } from "./markdown.js";

const run = promisify(execFile);
const README = readFileSync(join(ROOT, "README.md"), "utf8");

describe("README", () => {
  const quickStart = codeBlocks(README, "Quick start", "sh");
  const commands = quickStart.join("").trimEnd().split("\n");
  const [install, trace] = commands[0]!.split(/(?<=npm run build) && /);

  afterEach(() => expectNothingLeft());

  it("has a quick start of one block with two commands", () => {
    expect(quickStart).to.have.length(1);
    expect(commands).to.have.length(2);
    expect(install).to.equal("npm ci && npm run build");
    expect(commands[1]).to.equal("npm ci && npm test");
  });

  it("begins with a trace of reads and writes, and shows what it prints", async () => {
    const { stdout, stderr } = await run("sh", ["-c", trace!], { cwd: ROOT });
    expect(stdout).to.match(/\b[1-9]\d* reads\b/);
    expect(stdout).to.match(/\b[1-9]\d* writes\b/);
    expect(stderr).to.equal("");
    const [shown] = codeBlocks(README, "Quick start", "text");
    expect(comparable(shown!)).to.equal(comparable(stdout));
  });

  it("embeds a session with programs that run as they stand", async () => {
    mkdirSync(join(ROOT, ".test-build"), { recursive: true });
    const folder = mkdtempSync(join(ROOT, ".test-build/readme-")); // where `ffiscope` resolves
    try {
      const files = codeBlocks(README, "Embedding", "js").map((code) => {
        const [, name] = /^\/\/ (\S+\.mjs)/.exec(code)!;
        writeFileSync(join(folder, name!), code);
        return name!;
      });
      const { stdout, stderr } = await run(process.execPath, [files[0]!], { cwd: folder });
      const [shown] = codeBlocks(README, "Embedding", "text");
      expect(comparable(stdout)).to.equal(comparable(shown!));
      expect(stderr).to.equal("");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("links to files that are there", () => {
    const links = [...README.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!);
    expect(links).to.include("docs/usage.md");
    for (const path of links) readFileSync(join(ROOT, path));
  });
});

/** Times, addresses and places in code are another's on another machine. */
function comparable(text: string): string {
  return text.replaceAll(/0x[0-9a-f]+/g, "0x…").replaceAll(/[\d.]+ ms/g, "… ms");
}
