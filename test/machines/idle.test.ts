import { expect } from "chai";
import { expectNothingLeft } from "../support/processes.js";
import { idleShare } from "../support/processor-time.js";
import { Embedder } from "./support/embedder.js";

const LIMIT = 0.01;

describe("a session that is idle", () => {
  it("uses under 1% of a core, supervisor and tracer together", async () => {
    const app = new Embedder("idle");
    expect(await app.line()).to.equal("idle");
    const share = await idleShare(app.pid, LIMIT);
    await app.kill();
    await expectNothingLeft();
    console.log(`        ${(100 * share).toFixed(2)}% of a core`);
    expect(share).to.be.below(LIMIT);
  });
});
