import { readdirSync } from "node:fs";
import { expect } from "chai";
import { INSTRUCTIONS, rehearse } from "../../dist/fragments/run/rehearsal.js";

const openFiles = () => readdirSync("/proc/self/fd").length;

describe("the rehearsal of a first call", () => {
  it("translates in steps as much as it is to, and leaves nothing open", () => {
    const before = openFiles();
    const steps = rehearse();
    let count = 0;
    let last = steps.next();
    for (; !last.done; last = steps.next()) count++;
    expect(count).to.be.greaterThan(4);
    expect(last.value).to.be.at.least(INSTRUCTIONS);
    expect(openFiles()).to.equal(before);
  });

  it("leaves nothing open where it is ended early", () => {
    const before = openFiles();
    const steps = rehearse();
    for (let i = 0; i < 3; i++) steps.next();
    expect(openFiles()).to.be.greaterThan(before); // its own memory and mappings
    steps.return(0);
    expect(openFiles()).to.equal(before);
  });
});
