import { expect } from "chai";
import { needsProbe } from "../decode/probe.js";
import { fuzz } from "./fuzz.js";

const SEED = 2026;
const COUNT = 4000;

describe(`${COUNT} random instructions in a traced call, seed ${SEED}`, () => {
  it("the reference engine records what the processor did", function () {
    needsProbe(this);
    const { compared, differences } = fuzz("reference", SEED, COUNT);
    expect(differences).to.deep.equal([]);
    expect(compared).to.be.greaterThan(COUNT / 4);
  });
});
