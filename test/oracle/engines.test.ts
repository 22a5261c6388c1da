import { expect } from "chai";
import { needsCompiler, needsLibrary } from "../support/needs.js";
import { BLOCKS, casesOf, GROUPS, type Group, INSTRUCTIONS, SPLIT_INSTRUCTIONS } from "./cases.js";
import { differences } from "./differences.js";
import { type Runs, underFfiscope } from "./runs.js";

/** Larger than what valgrind is asked about. */
const LARGE: Group = {
  library: null,
  functions: {
    crc32: ["100000@5"],
    adler32: ["20000@5"],
    memcpy: ["100000@5"],
    memcmp: ["100000@5"],
    strlen: ["100000@5"],
    qsort: ["300@5"],
    LZ4_compress_default: ["8000@5"],
    LZ4_decompress_safe: ["20000@5"],
    XXH3_64bits: ["100000@5"],
    lzma_crc64: ["20000@5"],
  },
};

/**
 * Both engines see one program make the same accesses: kind, address, size and instruction, one by one; and
 * it gets the same results. The heap and the stack are at the same addresses in every run.
 */
describe("both engines see the same accesses", () => {
  const groups = [
    { title: "libc: memory and strings", ...BLOCKS },
    { title: "instructions", ...INSTRUCTIONS },
    { title: "instructions that valgrind splits", ...SPLIT_INSTRUCTIONS },
    ...GROUPS,
    { title: "larger calls", ...LARGE },
  ];
  for (const group of groups) {
    describe(group.title, () => {
      let runs: readonly Runs[];

      before(async function () {
        needsCompiler(this);
        if (group.library) needsLibrary(this, group.library.soname, group.library.debianPackage);
        const cases = casesOf(group);
        runs = [
          await underFfiscope(cases, {}, "reference"),
          await underFfiscope(cases, {}, "auto"),
        ];
      });

      for (const name of Object.keys(group.functions)) {
        it(name, () => {
          const found = casesOf(group, name).flatMap((word) => {
            const [reference, auto] = runs.map((of) => of.get(word)!);
            return differences(reference!, auto!, ["reference", "auto"]);
          });
          expect(found).to.deep.equal([]);
        });
      }
    });
  }
});
