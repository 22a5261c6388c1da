import { expect } from "chai";
import { needsProbe } from "../../x86/probe.js";
import { highRegisterCode, randomCode } from "../../x86/random-code.js";
import { fuzz } from "./fuzz.js";

const SEED = 2026;
const COUNT = 4000;

describe(`${COUNT} random instructions in a traced call, seed ${SEED}`, () => {
  for (const engine of ["reference", "auto"] as const) {
    for (const [name, codeOf] of [
      ["", randomCode],
      [", mostly of r14 and r15", highRegisterCode],
    ] as const) {
      it(`engine ${engine}${name}: what is recorded is what the processor did`, async function () {
        needsProbe(this);
        const result = await fuzz(engine, SEED, COUNT, codeOf);
        const { compared, accessing, inFragments, differences } = result;
        expect(differences.join("\n")).to.equal("");
        expect(compared).to.be.greaterThan(COUNT / 5);
        if (engine === "auto") expect(inFragments).to.be.greaterThan(accessing / 4);
      });
    }
  }
});
