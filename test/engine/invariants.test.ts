import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { MAIN } from "../cli/ffiscope.js";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { skip } from "../support/skip.js";

const LOSE_GS = fileURLToPath(new URL("./support/lose-gs.js", import.meta.url));
const TIME_LIMIT = 60_000;

describe("an invariant that does not hold ends the session with a report", () => {
  let library: string;

  before(function () {
    needsCompiler(this);
    const flags = ["-O1", "-mfsgsbase", "-shared", "-fPIC", "-pthread"];
    library = compileFixture("test/fixtures/hostile/intruder.c", flags);
  });

  function trace(prototype: string, args: readonly string[], preload?: string) {
    const before = preload ? ["--import", preload] : [];
    const words = [...before, MAIN, "trace", library, prototype, ...args];
    return spawnSync(process.execPath, words, { encoding: "utf8", timeout: TIME_LIMIT });
  }

  for (const engine of ["auto", "reference"]) {
    it(`a stop that nobody claims: ${engine}`, () => {
      const args = ["out:16", "--engine", engine];
      const { status, stderr } = trace("int into_tracer_code(uint8_t *p)", args);
      expect(stderr).to.match(
        /^ffiscope: thread \d+ has stopped with SIGTRAP .* send this in.*\n$/,
      );
      expect(status).to.equal(1);
    });
  }

  it("a register that is not restored", () => {
    const { status, stderr } = trace(
      "int beside_stops(uint8_t *p, int n)",
      ["out:4096", "50"],
      LOSE_GS,
    );
    expect(stderr).to.match(/^ffiscope: thread \d+ has lost its gs base .* send this in.*\n$/);
    expect(status).to.equal(1);
  });

  it("a program that sets its gs itself is none", function () {
    const flags = /^flags.*$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))![0].split(" ");
    if (!flags.includes("fsgsbase")) skip(this, "this processor has no wrgsbase");
    const { status, stdout } = trace("int with_own_gs(uint8_t *p, int n)", ["out:16", "200"]);
    expect(stdout).to.match(/ = 0\n.*\n200 reads, 0 writes/);
    expect(status).to.equal(0);
  });
});
