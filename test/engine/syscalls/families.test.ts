import { expect } from "chai";
import { needsCompiler } from "../../support/needs.js";
import { type Run, runAsClient, runInHost, runUntraced } from "./fixture.js";

/** Each is a file in test/fixtures/syscalls/. */
const FAMILIES = [
  ...["transfer", "paths", "sockets", "polling", "time", "signals", "processes"],
  ...["exchange", "system", "unknown", "interrupted"],
];

const WAYS: readonly [name: string, run: (family: string) => Promise<Run>][] = [
  ["in a heap of our own", runInHost],
  ["in a plain client's pages", (family) => runAsClient(family, "supervised")],
  ["in pages that the client closes itself", (family) => runAsClient(family, "closing")],
  ["in shared pages", (family) => runAsClient(family, "shared")],
];

for (const family of FAMILIES) {
  describe(`system calls on traced memory: ${family}`, () => {
    let untraced: Run;

    before(async function () {
      needsCompiler(this);
      untraced = await runUntraced(family);
    });

    for (const [name, run] of WAYS) {
      it(`${name}: results, errors and contents as untraced, every access recorded`, async () => {
        const traced = await run(family);
        expect(traced.log).to.deep.equal(untraced.log);
        expect(traced.recorded).to.deep.equal(traced.expected);
        expect(differences(traced.content, untraced.content)).to.deep.equal([]);
      });
    }
  });
}

/** Offsets at which two contents differ, the first few. */
function differences(one: Buffer, other: Buffer): number[] {
  expect(one.length).to.equal(other.length);
  return [...one.keys()].filter((at) => one[at] !== other[at]).slice(0, 16);
}
