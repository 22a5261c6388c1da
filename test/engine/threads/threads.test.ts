import { expect } from "chai";
import { traceJson } from "../../cli/ffiscope.js";
import { compileFixture } from "../../support/fixtures.js";
import { needsCompiler } from "../../support/needs.js";

/** An addition in memory is a read and a write: 100,000 accesses a thread. */
const ROUNDS = 50_000;

describe("two threads on one page", () => {
  it(`each make ${2 * ROUNDS} accesses, and every one is recorded`, async function () {
    needsCompiler(this);
    const flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-pthread"];
    const library = compileFixture("test/fixtures/native/threads.c", flags);
    const prototype = "int add_in_two_threads(unsigned *counters, int rounds)";
    const { report } = await traceJson(library, prototype, "[0,0]", String(ROUNDS));
    const counters = Buffer.from(report.buffers[0]!.content, "base64");
    expect([counters.readUInt32LE(0), counters.readUInt32LE(4)]).to.deep.equal([ROUNDS, ROUNDS]);

    const byThread = new Map<number, string[]>();
    for (const { thread, kind, offset } of report.events) {
      const kinds = byThread.get(thread) ?? [];
      kinds.push(`${kind} ${offset}`);
      byThread.set(thread, kinds);
    }
    expect([...byThread.values()].map((kinds) => kinds.length)).to.deep.equal([
      2 * ROUNDS,
      2 * ROUNDS,
    ]);
    for (const kinds of byThread.values()) {
      const inOrder = kinds.every((kind, i) => kind === kinds[i % 2]);
      expect(inOrder && kinds[0]!.startsWith("read"), "a read, then a write, each time").to.equal(
        true,
      );
    }
  });
});
