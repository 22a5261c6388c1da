import { expect } from "chai";
import type { Access } from "./access.js";
import { differences, differencesInBuffers } from "./differences.js";
import { type CaseRun, caseRuns } from "./driver.js";
import { LackeyLog } from "./lackey-log.js";

const HEAP = { start: 0x1000, size: 0x1000 };

/** One call that logs these lines, with what lackey logs around it. */
function logged(...lines: string[]): Access[][] {
  const log = new LackeyLog(HEAP);
  const before = ["==1== Lackey", "I  00400000,3", " S 00001000,8"];
  const after = ["I  00500000,7", " S 18000000004,4", " S 00001000,8", ""];
  const all = [...before, " S 18000000000,4", ...lines, ...after].join("\n");
  for (let at = 0; at < all.length; at += 7) log.push(all.slice(at, at + 7));
  return log.calls;
}

const read = (address: number, size: number, ip = 0x40): Access => {
  return { kind: "read", address, size, ip };
};
const write = (address: number, size: number, ip = 0x40): Access => {
  return { ...read(address, size, ip), kind: "write" };
};

describe("lackey's log", () => {
  it("is read between the driver's marks alone, and of the heap alone", () => {
    const calls = logged("I  40,3", " L 00000ff8,8", " L 00000ff9,8", " S 00001fff,1", " S 2000,4");
    expect(calls).to.deep.equal([[read(0xff9, 8), write(0x1fff, 1)]]);
  });

  it("has a load and a store in a modify", () => {
    expect(logged("I  40,3", " M 1010,4")).to.deep.equal([[read(0x1010, 4), write(0x1010, 4)]]);
  });

  it("has the iterations of a repeated string instruction: they are one run an operand", () => {
    const movs = [
      "I  40,2",
      " L 1000,1",
      " S 1800,1",
      "I  40,2",
      " L 1001,1",
      " S 1801,1",
      "I  40,2",
    ];
    expect(logged(...movs)).to.deep.equal([[read(0x1000, 2), write(0x1800, 2)]]);
    const down = ["I  40,2", " S 1804,4", "I  40,2", " S 1800,4", "I  40,2"];
    expect(logged(...down)).to.deep.equal([[write(0x1800, 8)]]);
    const cmps = ["I  40,2", " L 1000,1", " L 1800,1", "I  40,2", " L 1001,1", " L 1801,1"];
    expect(logged(...cmps)).to.deep.equal([[read(0x1000, 2), read(0x1800, 2)]]);
  });

  it("keeps the executions of a loop apart", () => {
    const loop = ["I  40,3", " L 1000,1", "I  43,2", "I  40,3", " L 1001,1", "I  43,2"];
    expect(logged(...loop)).to.deep.equal([[read(0x1000, 1), read(0x1001, 1)]]);
  });

  it("has one load too many of a locked instruction", () => {
    const locked = ["I  40,4", " L 1000,8", " M 1000,8"];
    expect(logged(...locked)).to.deep.equal([[read(0x1000, 8), write(0x1000, 8)]]);
  });

  it("is refused where a line is not understood", () => {
    expect(() => logged("I  40,4", " X 1000,8")).to.throw("lackey logged ' X 1000,8'");
  });
});

describe("two runs of a case", () => {
  function runOf(accesses: readonly Access[], hash = "5"): CaseRun {
    const stdout = `case f:4@0\nbuffer 1000 4\nresult 7\nhash ${hash}\nimage 40 80 libf.so\n`;
    return caseRuns(stdout, [accesses]).get("f:4@0")!;
  }

  const oracle = runOf([read(0x1000, 4), write(0x1000, 4)]);

  const differing: readonly (readonly [string, CaseRun, string])[] = [
    [
      "a byte",
      runOf([read(0x1000, 5), write(0x1000, 4)]),
      "read: lackey 0x1000+4, ffiscope 0x1000+5",
    ],
    ["a kind", runOf([read(0x1000, 4), read(0x1000, 4)]), "write: lackey 0x1000+4, ffiscope "],
    [
      "the order",
      runOf([write(0x1000, 4), read(0x1000, 4)]),
      "access 0: lackey read 0x1000 4 by libf.so+0x0, ffiscope write 0x1000 4 by libf.so+0x0",
    ],
    [
      "a size",
      runOf([read(0x1000, 2), read(0x1002, 2), write(0x1000, 4)]),
      "access 0: lackey read 0x1000 4 by libf.so+0x0, ffiscope read 0x1000 2 by libf.so+0x0",
    ],
    [
      "an instruction",
      runOf([read(0x1000, 4), write(0x1000, 4, 0x44)]),
      "access 1: lackey write 0x1000 4 by libf.so+0x0, ffiscope write 0x1000 4 by libf.so+0x4",
    ],
    [
      "an access that is missing",
      runOf([read(0x1000, 4)]),
      "access 1: lackey write 0x1000 4 by libf.so+0x0, ffiscope none",
    ],
    [
      "what the buffers hold",
      runOf([read(0x1000, 4), write(0x1000, 4)], "6"),
      "hash: lackey 5, ffiscope 6",
    ],
  ];

  for (const [what, traced, difference] of differing)
    it(`differ in ${what}`, () => {
      expect(differences(oracle, traced)).to.include(difference);
    });

  it("do not differ", () => {
    expect(differences(oracle, oracle)).to.deep.equal([]);
  });

  it("of different code may differ in how, and outside of the buffers", () => {
    const other = runOf([read(0x1000, 2), read(0x1002, 32, 0x44), write(0x1000, 4, 0x48)]);
    expect(differencesInBuffers(oracle, other)).to.deep.equal([]);
    const more = runOf([read(0x1000, 3), write(0x1000, 4)]);
    expect(differencesInBuffers(oracle, more)).to.deep.equal([
      "read: lackey 0x1000+4, ffiscope 0x1000+3",
    ]);
  });

  it("are refused where a call was not seen", () => {
    expect(() => caseRuns("case f:4@0\nhash 5\n", [])).to.throw("1 cases were said, 0 calls");
  });
});
