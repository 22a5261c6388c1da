import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";

const PROGRAM = fileURLToPath(new URL("./programs/held-up.js", import.meta.url));
const FLAGS = ["-Wall", "-Wextra", "-Werror", "-O1", "-pthread"];

/** Nothing that a child does holds everybody else up for longer, in ms. */
const LONGEST_MS = 200;

/** The kernel clears memory for us, and V8 its own, at bad moments: what the child does shows each time. */
const ATTEMPTS = 3;

/** What a child says, and how its session ends. */
const FLOODS: readonly (readonly [words: string, ended: RegExp])[] = [
  ["pages rising 29000000", /^code 7$/],
  ["pages mixed 4000000", /^code 7$/],
  ["pages same 1000000", /^code 7$/],
  ["pages every-other 60000", /^code 7$/],
  ["pages every-other 1000000", /more than 65536 separate runs of pages/],
  ["bad-page 29000000", /page_ptrs is text where an integer \(u64\) belongs/],
  ["ranges 60000", /^code 7$/],
  ["functions 17", /has named more than 65536 functions/],
  ["hello 256", /^code 7$/],
  ["hello 257", /257 entries where at most 256/],
  ["overrides 50000", /^code 7$/],
  ["mappings 60000", /page 0x1000 of StartFfi is not mapped/],
  ["loads 1000000", /^code 7$/],
];

describe("a child that says very much at once", () => {
  before(function () {
    needsCompiler(this);
  });

  for (const [words, ended] of FLOODS) {
    it(`holds nobody up: ${words}`, async function () {
      this.timeout(120_000);
      const child = compileFixture("test/fixtures/hostile/flood.c", FLAGS);
      let least = Number.POSITIVE_INFINITY;
      for (let i = 0; i < ATTEMPTS && least >= LONGEST_MS; i++) {
        const command = [PROGRAM, child, ...words.split(" ")];
        const { stdout } = await promisify(execFile)(process.execPath, command);
        const [, held, how] = /^held (\d+) ms at most, \d+ by the clock: (.*)\n$/.exec(stdout)!;
        expect(how).to.match(ended);
        least = Math.min(least, Number(held));
      }
      this.test!.title += ` (${least} ms at most)`;
      expect(least).to.be.below(LONGEST_MS);
    });
  }
});
