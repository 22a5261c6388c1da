import { expect } from "chai";
import { needsCompiler } from "../support/needs.js";
import { casesOf, firstDifference } from "./both-engines.js";
import { inHost } from "./run.js";

const FIXTURE = "crashes.c";

/** How often the stack overflows is its size's business, which the host's own frames are a part of. */
const AT_SOME_DEPTH = "needs_more_stack";

describe("a function that does not return, under both engines", () => {
  before(function () {
    needsCompiler(this);
  });

  for (const name of casesOf(FIXTURE)) {
    it(`${name}: ended in the same way and place, after the same accesses`, async () => {
      const reference = await inHost(FIXTURE, name, "reference");
      const auto = await inHost(FIXTURE, name, "auto");
      expect(auto.outcome).to.equal(name === "exits" ? "exited" : "crashed");
      expect(auto.outcome).to.equal(reference.outcome);
      expect(auto.stats.entries).to.be.greaterThan(0);
      if (name === AT_SOME_DEPTH) {
        const signals = [auto, reference].map(({ crash }) => JSON.parse(crash!).signal);
        expect(signals).to.deep.equal(["SIGSEGV", "SIGSEGV"]);
        return;
      }
      expect(auto.crash).to.equal(reference.crash);
      expect(firstDifference(auto.accesses, reference.accesses)).to.equal(null);
    });
  }
});
