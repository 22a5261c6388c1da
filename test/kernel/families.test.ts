import { expect } from "chai";
import { otherScenarios } from "../scenarios/support/scenario.js";
import { needsCompiler } from "../support/needs.js";
import { inAlternatePages, type Run, runAsClient, runInHost, runUntraced } from "./fixture.js";

/** Each is a file in test/fixtures/syscalls/. */
const FAMILIES = [
  ...["transfer", "paths", "sockets", "polling", "time", "signals", "processes"],
  ...["exchange", "system", "async", "unknown", "interrupted", "random"],
];

const WAYS: readonly [name: string, run: (family: string) => Promise<Run>][] = [
  ["in a heap of our own", runInHost],
  ["in a plain client's pages", (family) => runAsClient(family, "supervised")],
  ["in pages that the client closes itself", (family) => runAsClient(family, "closing")],
  ["in shared pages", (family) => runAsClient(family, "shared")],
];

for (const family of FAMILIES) {
  otherScenarios(`system calls on traced memory: ${family}`, (scenario) => {
    let untraced: Run;

    before(async function () {
      needsCompiler(this);
      untraced = await runUntraced(family);
    });

    for (const [name, run] of WAYS) {
      scenario(
        `${name}: results, errors and contents as untraced, every access recorded`,
        async () => {
          const traced = await run(family);
          expect(traced.log).to.deep.equal(untraced.log);
          expect(traced.recorded).to.deep.equal(traced.expected);
          expect(differences(traced.content, untraced.content)).to.deep.equal([]);
        },
      );
    }

    // Nothing tells where an access of unknown size ends.
    if (family === "unknown") return;

    scenario("in every other page: as untraced, and what lies in those is recorded", async () => {
      const traced = await runAsClient(family, "alternate");
      expect(traced.log).to.deep.equal(untraced.log);
      expect(traced.recorded).to.deep.equal(inAlternatePages(traced.expected));
      expect(differences(traced.content, untraced.content)).to.deep.equal([]);
    });
  });
}

otherScenarios("system calls on pages of a plain client", (scenario) => {
  before(function () {
    needsCompiler(this);
  });

  for (const mode of ["supervised", "alternate"] as const) {
    scenario(`that may not be written, ${mode}: EFAULT and short counts as untraced`, async () => {
      const untraced = await runUntraced("protected");
      const traced = await runAsClient("protected", mode);
      const expected = mode === "alternate" ? inAlternatePages(traced.expected) : traced.expected;
      expect(traced.log).to.deep.equal(untraced.log);
      expect(traced.recorded).to.deep.equal(expected);
      expect(differences(traced.content, untraced.content)).to.deep.equal([]);
    });
  }

  scenario(
    "that have to be open while a call sleeps: they are guarded again afterwards",
    async () => {
      const untraced = await runUntraced("lent");
      const traced = await runAsClient("lent", "supervised");
      expect(traced.log).to.deep.equal(untraced.log);
      expect(traced.recorded).to.deep.equal(traced.expected);
      const places = new Set(traced.counted);
      expect(traced.own.filter((access) => places.has(access))).to.have.members(traced.counted);
      expect(differences(traced.content, untraced.content)).to.deep.equal([]);
    },
  );
});

/** Offsets at which two contents differ, the first few. */
function differences(one: Buffer, other: Buffer): number[] {
  expect(one.length).to.equal(other.length);
  return [...one.keys()].filter((at) => one[at] !== other[at]).slice(0, 16);
}
