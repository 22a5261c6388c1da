import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import type { TracedEvent } from "../../dist/tracee/index.js";
import { MAIN } from "../cli/ffiscope.js";
import { ROOT } from "../support/fixtures.js";

interface Seen {
  readonly calls: number;
  readonly numbers: readonly number[];
  readonly start: number;
  readonly events: readonly TracedEvent[];
  readonly isAtBuffer: boolean;
  readonly column: boolean;
  readonly thrown: string | null;
  readonly afterwards: { readonly result: number; readonly events: readonly TracedEvent[] };
  readonly promised: string;
}

describe("native code that calls back into JavaScript inside a traced call", () => {
  let seen: Seen;
  before(() => {
    const app = join(ROOT, "test/fixtures/tracee/callbacks.mjs");
    const words = [MAIN, "run", "--", process.execPath, app];
    seen = JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8" })) as Seen;
  });

  it("runs the callback, and what the call did is right", () => {
    expect(seen.numbers).to.deep.equal([1, 3, 5, 9]);
    expect(seen.calls).to.be.greaterThan(2);
  });

  it("records what the callback reads through guarded addresses, element by element", () => {
    const reads = seen.events.filter(({ kind, size }) => kind === "read" && size === 4);
    expect(reads.length).to.be.at.least(2 * seen.calls);
    for (const { address } of reads) {
      expect((Number(address) - seen.start) % 4).to.equal(0);
      expect(Number(address) - seen.start).to.be.within(0, 12);
    }
  });

  it("has addresses as BigInts, as those of allocations; in JSON in hex, in columns as numbers", () => {
    expect(seen).to.include({ isAtBuffer: true, column: true });
    for (const { address } of seen.events) expect(address).to.match(/^0x[0-9a-f]+$/);
  });

  it("hands on what the callback throws, and the next call is traced as ever", () => {
    expect(seen.thrown).to.equal("from the callback");
    expect(seen.afterwards).to.deep.equal({ result: 7, events: [], findings: [] });
  });

  it("refuses a traced function that returns a promise", () => {
    expect(seen.promised).to.equal("TRACED_PROMISE");
  });
});
