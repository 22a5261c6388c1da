import { expect } from "chai";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { callDifferences } from "./compare-calls.js";

const SEED = 12;
const COUNT = 150;

describe("values of C types that a call passes", () => {
  before(function () {
    needsCompiler(this);
  });

  afterEach(() => expectNothingLeft());

  it(`are those that the compiler passes, in ${COUNT} random signatures (seed ${SEED})`, async () => {
    expect(await callDifferences(SEED, COUNT)).to.deep.equal([]);
  });
});
