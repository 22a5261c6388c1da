import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { ROOT } from "../support/fixtures.js";
import { needsLibrary } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";

const run = promisify(execFile);

interface Usage {
  readonly threads: number;
  readonly descriptors: number;
  readonly processes: number;
  readonly rss: number;
  readonly heap: number;
  readonly buffers: number;
}

const { growth } = (await import(pathToFileURL(join(ROOT, "bench/soak/growth.mjs")).href)) as {
  growth: (rests: readonly Usage[]) => string[];
};

describe("a soak", () => {
  it("with faults on leaves nothing, and is plotted", async function () {
    needsLibrary(this, "libz.so.1", "zlib1g");
    const out = mkdtempSync(join(tmpdir(), "ffiscope-soak-"));
    try {
      const args = ["--seconds", "20", "--at-once", "6", "--seed", "11", "--out", out];
      const { stdout } = await run(process.execPath, [join(ROOT, "bench/soak.mjs"), ...args]);
      expect(stdout).not.to.include("problem");
      const { counts, rests, peaks } = JSON.parse(readFileSync(join(out, "soak.json"), "utf8"));
      const total = Object.values<number>(counts).reduce((sum, count) => sum + count, 0);
      expect(total).to.equal(12 * rests.length);
      expect(Math.max(...peaks.map(({ processes }: Usage) => processes))).to.be.greaterThan(1);
      expect(rests.at(-1).processes).to.equal(0);
      expect(readFileSync(join(out, "reliability-soak.svg"), "utf8")).to.match(
        /^<svg [\s\S]*<\/svg>\n$/,
      );
    } finally {
      rmSync(out, { recursive: true });
    }
    await expectNothingLeft();
  });

  it("in a flood leaves nothing either", async function () {
    needsLibrary(this, "libz.so.1", "zlib1g");
    const out = mkdtempSync(join(tmpdir(), "ffiscope-flood-"));
    try {
      const args = ["--floods", "together,calls", "--scale", "0.002", "--out", out];
      const { stdout } = await run(process.execPath, [join(ROOT, "bench/soak.mjs"), ...args]);
      expect(stdout).not.to.include("problem");
      for (const name of ["together", "calls"]) {
        const { points, after } = JSON.parse(readFileSync(join(out, `${name}.json`), "utf8"));
        expect(points.length, name).to.be.greaterThan(1);
        expect(after.processes, name).to.equal(0);
        expect(readFileSync(join(out, `reliability-${name}.svg`), "utf8")).to.include(">threads<");
      }
    } finally {
      rmSync(out, { recursive: true });
    }
    await expectNothingLeft();
  });

  it("takes no flood that there is not", async () => {
    const args = [join(ROOT, "bench/soak.mjs"), "--floods", "tides"];
    const error = await run(process.execPath, args).catch((error) => error);
    expect(error).to.deep.include({ code: 1, stdout: "" });
    expect(error.stderr).to.equal(
      "no flood tides: there are sessions, together, calls, events, heap\n",
    );
  });

  const rest: Usage = { threads: 11, descriptors: 20, processes: 0, rss: 100, heap: 9, buffers: 1 };
  const rounds = (change: (round: number) => Partial<Usage>) =>
    Array.from({ length: 12 }, (_, round) => ({ ...rest, ...change(round) }));

  it("is well where things come and go", () => {
    expect(growth(rounds((round) => ({ rss: 100 + (round % 4) * 10 })))).to.deep.equal([]);
    expect(growth(rounds((round) => ({ rss: round < 3 ? 70 : 110 })))).to.deep.equal([]);
    expect(growth(rounds((round) => ({ threads: 11 + (round % 2) })))).to.deep.equal([]);
  });

  for (const [name, change] of [
    ["threads", (round: number) => ({ threads: 11 + round })],
    ["descriptors", (round: number) => ({ descriptors: 20 + round })],
    ["processes", (round: number) => ({ processes: round > 5 ? 1 : 0 })],
    ["rss", (round: number) => ({ rss: 100 + 15 * round })],
    ["heap", (round: number) => ({ heap: 9 + 3 * round })],
    ["buffers", (round: number) => ({ buffers: 1 + 3 * round })],
  ] as const) {
    it(`fails where ${name} grow`, () => {
      expect(growth(rounds(change)).join()).to.match(new RegExp(`^${name} grew`));
    });
  }
});
