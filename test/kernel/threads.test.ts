import { expect } from "chai";
import { needsCompiler } from "../support/needs.js";
import { type Run, runAsClient, runInHost, runUntraced } from "./fixture.js";

const WAYS: readonly [name: string, run: (fixture: string) => Promise<Run>][] = [
  ["in a heap of our own", runInHost],
  ["in a plain client's pages", (fixture) => runAsClient(fixture, "supervised")],
  ["in pages that the client closes itself", (fixture) => runAsClient(fixture, "closing")],
  ["in shared pages", (fixture) => runAsClient(fixture, "shared")],
];

describe("system calls of several threads on traced memory", () => {
  before(function () {
    needsCompiler(this);
  });

  for (const [name, run] of WAYS) {
    it(`${name}: a call that blocks holds up no other thread, and hides none of its accesses`, async () => {
      const untraced = await runUntraced("threads");
      const traced = await run("threads");
      expect(traced.log).to.deep.equal(untraced.log);
      expect(traced.recorded.toSorted()).to.deep.equal(traced.expected.toSorted());
      const places = new Set(traced.counted);
      expect(traced.own.filter((access) => places.has(access))).to.have.members(traced.counted);
      expect(traced.content.equals(untraced.content)).to.equal(true);
    });

    it(`${name}: locks and conditions work`, async () => {
      const untraced = await runUntraced("contention");
      const traced = await run("contention");
      expect(traced.log).to.deep.equal(untraced.log);
      expect(traced.content.equals(untraced.content)).to.equal(true);
    });
  }

  it("a plain client's threads that are in a call already when its heap is guarded", async () => {
    const untraced = await runUntraced("earlier");
    const traced = await runAsClient("earlier", "supervised");
    expect(traced.log).to.deep.equal(untraced.log);
    expect(traced.recorded.toSorted()).to.deep.equal(traced.expected.toSorted());
    expect(traced.content.equals(untraced.content)).to.equal(true);
  });

  it("a thread that faults just when it is interrupted for another's call", async () => {
    const untraced = await runUntraced("borrowed");
    const traced = await runAsClient("borrowed", "supervised");
    expect(traced.log).to.deep.equal(untraced.log);
    expect(traced.recorded).to.deep.equal(traced.expected);
  });
});
