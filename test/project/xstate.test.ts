import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../support/fixtures.js";
import { expectNothingLeft } from "../support/processes.js";
import { skipHere } from "../support/skip.js";

const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const RANGE: string = peerDependencies.xstate;
const OLDEST = RANGE.replace("^", "");

/** Where npm finds no registry, it is not to try for minutes. */
const ONE_TRY = ["--fetch-retries=0", "--fetch-timeout=60000"];

describe("an app with an xstate of its own", () => {
  let folder: string;
  const npm = (...words: string[]) =>
    execFileSync("npm", words, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });

  before(function () {
    this.timeout(600_000);
    folder = mkdtempSync(join(tmpdir(), "ffiscope-app-"));
    let newest: string;
    try {
      newest = npm("view", `xstate@${RANGE}`, "version", "--json", ...ONE_TRY);
    } catch {
      skipHere(this, "npm reaches no registry");
    }
    expect(newest!).to.not.equal("");
    npm("pack", "--ignore-scripts", "--pack-destination", folder, ROOT);
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
    for (const file of ["xstate-app.mjs", "xstate-types.mts"]) {
      copyFileSync(join(ROOT, "test/fixtures/project", file), join(folder, file));
    }
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await expectNothingLeft();
  });

  for (const wanted of [OLDEST, RANGE]) {
    it(`invokes and spawns the machines with xstate ${wanted}, and there is one copy of it`, function () {
      this.timeout(600_000);
      const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
      const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
      npm("install", ...quiet, join(folder, `ffiscope-${version}.tgz`), `xstate@${wanted}`);

      const tree = JSON.parse(npm("ls", "xstate", "--json", "--all"));
      const own: string = tree.dependencies.xstate.version;
      expect(copiesIn(tree)).to.deep.equal([own]);
      if (wanted === OLDEST) expect(own).to.equal(OLDEST);

      const run = (...words: string[]) =>
        execFileSync(process.execPath, words, { cwd: folder, encoding: "utf8" });
      const told = '{"invoked":7,"spawned":7,"settled":"returned 5"}';
      expect(run("xstate-app.mjs")).to.equal(`${own} ${told}\n`);

      const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
      const strictly = ["--noEmit", "--strict", "--skipLibCheck", "--types", ""];
      run(compiler, ...strictly, "--module", "nodenext", "--target", "es2022", "xstate-types.mts");
    });
  }
});

interface Tree {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, Tree>>;
}

/** The versions of xstate in a tree of `npm ls`, each once. */
function copiesIn({ dependencies = {} }: Tree): string[] {
  const found = Object.entries(dependencies).flatMap(([name, tree]) => [
    ...(name === "xstate" ? [tree.version!] : []),
    ...copiesIn(tree),
  ]);
  return [...new Set(found)];
}
