import { expect } from "chai";
import { needsCompiler, needsLibrary, needsProgram } from "../support/needs.js";
import {
  BLOCKS,
  casesOf,
  GROUPS,
  type Group,
  LARGE_COPIES,
  OLDER_BLOCKS,
  STRING_INSTRUCTIONS,
} from "./cases.js";
import { differences, differencesInBuffers } from "./differences.js";
import type { CaseRun } from "./driver.js";
import { type Environment, type Runs, underFfiscope, underLackey } from "./runs.js";

/**
 * glibc picks implementations by the processor, and valgrind's is another one, without AVX-512. With
 * these, both pick the same; that they did shows in the instructions, which are compared as well.
 */
const COMMON = "-AVX512F,-AVX512VL,-AVX512BW,-RTM,Fast_Unaligned_Load,Fast_Unaligned_Copy";
const AVX2 = tunables([`${COMMON},-ERMS`]);
const WITHOUT_AVX = tunables([`${COMMON},-ERMS,-AVX2,-AVX,-SSSE3,-SSE4_1,-SSE4_2`]);
/** In bytes: from there on `rep movsb` and `rep stosb` are used. */
const REPEATED = tunables([COMMON, "x86_rep_movsb_threshold=576", "x86_rep_stosb_threshold=2048"]);
/** In bytes: the least that it takes. */
const PAST_THE_CACHE = tunables([`${COMMON},-ERMS`, "x86_non_temporal_threshold=16448"]);

function tunables([hwcaps, ...more]: readonly string[]): Environment {
  const all = [`hwcaps=${hwcaps}`, ...more].map((setting) => `glibc.cpu.${setting}`);
  return { GLIBC_TUNABLES: all.join(":") };
}

/** As the processor would have it. */
const NATIVE: Environment = { GLIBC_TUNABLES: "" };

type Compare = (oracle: CaseRun, traced: CaseRun) => readonly string[];

/** All cases of a group in one process under either; and a test for each function. */
function suite(title: string, group: Group, env: Environment, alsoNatively = false): void {
  describe(title, () => {
    let oracle: Runs;
    let traced: Runs;
    let native: Runs;

    before(async function () {
      this.timeout(120_000);
      needsProgram(this, "valgrind", "valgrind");
      needsCompiler(this);
      if (group.library) needsLibrary(this, group.library.soname, group.library.debianPackage);
      const cases = casesOf(group);
      const seen = underLackey(cases, env);
      [oracle, traced] = await Promise.all([seen, underFfiscope(cases, env)]);
      if (alsoNatively) native = await underFfiscope(cases, NATIVE);
    });

    function found(name: string, runs: Runs, compare: Compare): string[] {
      return casesOf(group, name).flatMap((word) =>
        compare(oracle.get(word)!, runs.get(word)!).map((difference) => `${word}: ${difference}`),
      );
    }

    for (const name of Object.keys(group.functions)) {
      it(name, () => {
        expect(found(name, traced, differences)).to.deep.equal([]);
        const accesses = casesOf(group, name).flatMap((word) => traced.get(word)!.accesses);
        expect(accesses).not.to.deep.equal([]);
      });

      if (alsoNatively)
        it(`${name}, as this processor has it`, () => {
          expect(found(name, native, differencesInBuffers)).to.deep.equal([]);
        });
    }
  });
}

describe("accesses as valgrind's lackey sees them", () => {
  suite("libc: memory and strings", BLOCKS, AVX2, true);
  for (const group of GROUPS) suite(group.title, group, AVX2, true);
  suite("libc: rep movsb and rep stosb", STRING_INSTRUCTIONS, REPEATED);
  suite("libc: copies past the cache", LARGE_COPIES, PAST_THE_CACHE);
  suite("libc: without AVX", OLDER_BLOCKS, WITHOUT_AVX);
});
