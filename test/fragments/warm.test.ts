import { expect } from "chai";
import { needsCompiler } from "../support/needs.js";
import { casesOf, sameUnderBothEngines } from "./both-engines.js";
import { asClient } from "./run.js";

const FIXTURE = "warm.c";

sameUnderBothEngines(FIXTURE);

describe("a call like the ones before it", () => {
  const TIMES = 6;
  const NOTHING = { translated: 0, instructions: 0, fallbacks: {} };
  const names = casesOf(FIXTURE);
  const stats = new Map<string, Awaited<ReturnType<typeof lastOf>>>();

  /** What the engine did in the last of many calls. */
  async function lastOf(name: string) {
    const { calls } = await asClient(FIXTURE, Array(TIMES).fill(name), "supervised", "auto");
    return calls.get(name)!.at(-1)!.stats;
  }

  before(async function () {
    needsCompiler(this);
    for (const name of names) stats.set(name, await lastOf(name));
  });

  for (const name of names) {
    it(`${name}: is in fragments from its first access to its last`, () => {
      const { entries, translated, instructions, fallbacks } = stats.get(name)!;
      expect(entries).to.equal(stats.get("loop")!.entries);
      expect({ translated, instructions, fallbacks }).to.deep.equal(NOTHING);
    });
  }
});
