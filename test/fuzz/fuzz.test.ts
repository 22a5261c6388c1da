import { expect } from "chai";
import { fuzzDeclarations } from "./declarations.js";
import { fuzzElfFiles, smallLibrary } from "./elf-files.js";
import { fuzzPayloads, fuzzStreams } from "./frames.js";
import { fuzzOrders } from "./orders.js";
import type { Totals } from "./property.js";
import { fuzzPrototypes } from "./prototypes.js";

/** Short runs, the same each time; `npm run fuzz` has long ones. */
const SEED = 20_260_229;

/** Inputs that all go one way show nothing of the other. */
function expectBoth(totals: Totals, one: string, other: string, least: number): void {
  expect(totals.get(one), one).to.be.greaterThan(least);
  expect(totals.get(other), other).to.be.greaterThan(least);
}

describe("whatever comes", () => {
  it("as a frame is a message or a ProtocolError, of no more parts than it has bytes", () => {
    const totals = fuzzPayloads({ seed: SEED, runs: 5_000 });
    expectBoth(totals, "payloads read", "payloads refused", 500);
  });

  it("as a stream gives the same frames however it is cut, and takes no memory that it only claims", () => {
    const totals = fuzzStreams({ seed: SEED, runs: 3_000 });
    expectBoth(totals, "streams read", "streams refused", 300);
  });

  it("in whatever order, the session does what the protocol says", () => {
    const totals = fuzzOrders({ seed: SEED, runs: 2_000 });
    expectBoth(totals, "violations", "sessions that ended", 200);
  });

  it("as a prototype or a type is one, or a UsageError of one line", () => {
    const totals = fuzzPrototypes({ seed: SEED, runs: 4_000 });
    expectBoth(totals, "prototypes parsed", "prototypes refused", 50);
    expectBoth(totals, "types parsed", "types refused", 50);
  });

  it("as declarations is some, or a UsageError of one line, and so is what they name", () => {
    const totals = fuzzDeclarations({ seed: SEED, runs: 600 });
    expectBoth(totals, "texts declared", "texts refused", 100);
  });

  it("as a mapped file has names or none, in bounded time and memory", () => {
    const totals = fuzzElfFiles({ seed: SEED, runs: 1_000 }, smallLibrary());
    expectBoth(totals, "addresses named", "addresses without a name", 200);
  });
});
