import { expect } from "chai";
import { needsCompiler } from "../support/needs.js";
import { firstDifference } from "./both-engines.js";
import { inHost } from "./run.js";

describe("threads that begin where the process may not have more memory", () => {
  it("are left to the reference engine, and lose no access", async function () {
    needsCompiler(this);
    const auto = await inHost("crowded.c", "no_room_for_more", "auto");
    const reference = await inHost("crowded.c", "no_room_for_more", "reference");
    expect([auto.result, reference.result]).to.deep.equal([3, 3]);
    expect(auto.stats.fallbacks.code).to.be.greaterThan(0);
    expect(firstDifference(auto.accesses, reference.accesses)).to.equal(null);
  });
});
