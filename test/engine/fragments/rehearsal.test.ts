import { readdirSync } from "node:fs";
import { expect } from "chai";
import { rehearse } from "../../../dist/engine/fragments/rehearsal.js";

const openFiles = () => readdirSync("/proc/self/fd").length;

describe("the rehearsal of a first call", () => {
  it("is done in steps, and leaves nothing open", () => {
    const before = openFiles();
    const steps = [...rehearse()].length;
    expect(steps).to.be.greaterThan(4);
    expect(openFiles()).to.equal(before);
  });

  it("leaves nothing open where it is ended early", () => {
    const before = openFiles();
    const steps = rehearse();
    for (let i = 0; i < 3; i++) steps.next();
    expect(openFiles()).to.be.greaterThan(before);
    steps.return(undefined);
    expect(openFiles()).to.equal(before);
  });
});
