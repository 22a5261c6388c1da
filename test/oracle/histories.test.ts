import { expect } from "chai";
import { needsCompiler, needsLibrary } from "../support/needs.js";
import { busyDifferencesOf } from "./busy-clients.js";
import { differencesOf, LIBRARIES } from "./histories.js";

const SEED = 2026;
const CALLS = 60;

const PACKAGES: Readonly<Record<string, string>> = {
  "libz.so.1": "zlib1g",
  "liblz4.so.1": "liblz4-1",
  "libzstd.so.1": "libzstd1",
  "libbz2.so.1.0": "libbz2-1.0",
  "libxxhash.so.0": "libxxhash0",
  "liblzma.so.5": "liblzma5",
  "libcrypto.so.3": "libssl3",
  "libsqlite3.so.0": "libsqlite3-0",
  "libmd.so.0": "libmd0",
  "libc.so.6": "libc6",
};

/** The long run: `npm run fuzz -- --histories`. */
describe(`${CALLS} random calls of several libraries in one scope, seed ${SEED}`, () => {
  before(function () {
    for (const library of LIBRARIES) needsLibrary(this, library, PACKAGES[library]!);
  });

  it("both engines see the same accesses of each, and no finding", async () => {
    expect((await differencesOf(SEED, CALLS)).join("\n")).to.equal("");
  });
});

describe(`random calls of a client whose threads map, fork and send signals meanwhile`, () => {
  before(function () {
    needsCompiler(this);
  });

  for (const [own, who] of [
    [false, "the tracer"],
    [true, "itself"],
  ] as const) {
    it(`both engines see the same accesses of each: guarded by ${who}`, () => {
      expect(busyDifferencesOf(SEED, CALLS, own).join("\n")).to.equal("");
    });
  }
});
